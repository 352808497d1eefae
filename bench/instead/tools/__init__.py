"""The tools: each is started on a port and given alarms as its users would give them."""
