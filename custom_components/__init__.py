"""Home Assistant's folder for integrations that are not part of it."""
