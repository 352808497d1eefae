"""The start of the integration in Home Assistant."""
