"""Who is told, by which way, when, until somebody takes it; nothing accepted is lost."""
