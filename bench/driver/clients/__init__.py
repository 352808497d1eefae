"""The programs that are measured: each runs as a process of its own."""
