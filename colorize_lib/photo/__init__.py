"""Photo: a model's colours on photographs of any size."""
