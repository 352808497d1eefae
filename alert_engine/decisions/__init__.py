"""Pure decisions: (state, event, now) to (state, effects), each with a reason. Standard library only."""
