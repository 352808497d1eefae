"""What a user would take instead: the same alarms on the same modem, given to each."""
