"""Runs: what a run is, making it, measuring it."""
