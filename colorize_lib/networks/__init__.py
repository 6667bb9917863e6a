"""Networks: frozen networks that judge pictures, and where their weights come from."""
