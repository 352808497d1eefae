"""``alert-gateway``: the engine without Home Assistant."""
