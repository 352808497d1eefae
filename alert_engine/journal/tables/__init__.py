"""The rows of the journal as the engine's nouns: one module per group of tables, and no rules."""
