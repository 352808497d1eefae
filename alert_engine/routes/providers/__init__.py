"""One module per provider: what it wants to be sent, and what its answers mean. Values in, values out."""
