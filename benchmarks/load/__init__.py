"""The real app with a room of people in it: `python -m benchmarks.load`."""
