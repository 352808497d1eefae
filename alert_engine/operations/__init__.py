"""What the engine can do, a function each: load rows, ask the decisions, write rows, announce."""
