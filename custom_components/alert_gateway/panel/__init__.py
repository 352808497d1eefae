"""The operator's page: its websocket commands, and its files for the browser in ``frontend/``."""
