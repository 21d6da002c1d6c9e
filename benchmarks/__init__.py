"""How fast training is, and what the engine around it costs: `python -m benchmarks`."""
