"""What rows start, and what takes things away from them: each part ends itself when it is left."""
