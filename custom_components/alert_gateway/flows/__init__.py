"""The forms: one module per kind of entry and of subentry."""
