"""Parts that nobody here wrote, as the other side of the end-to-end tests."""
