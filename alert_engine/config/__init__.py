"""The configuration: from plain data to frozen settings, with complaints for people."""
