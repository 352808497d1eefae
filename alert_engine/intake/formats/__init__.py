"""What each client sends, read as requests to the engine: one module per client. Pure."""
