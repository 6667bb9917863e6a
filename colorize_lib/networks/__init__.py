"""Networks: frozen networks that judge pictures or guide models, and where their weights come from."""
