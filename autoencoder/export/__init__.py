"""What can be taken home of a run, and what of that opens again as a run: one module a kind."""
