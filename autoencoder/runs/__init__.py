"""Runs: their settings, history and results, and the folder that keeps them."""
