"""The training loop, cut into slices of about half a second."""
