"""From a received text to a command of a known person, or to nothing."""
