"""The engine: how fast it takes alarms, how it grows, how quickly it answers people who look."""
