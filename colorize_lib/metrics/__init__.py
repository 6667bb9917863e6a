"""Metrics: features of photographs, and pure functions from features to a distance and its standard error."""
