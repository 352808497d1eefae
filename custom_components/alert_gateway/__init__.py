"""Alert Gateway in Home Assistant: flows, entities, actions, texts. No rule lives here."""
