"""Who and what is in every plant of the laboratory. Nothing is imported here, so that every part may."""

from __future__ import annotations

ANNA = "+436601234567"  # the one person who is told, by SMS
SOURCE = "plc"  # who raises alarms
MODEM = "stick"  # the name of the modem, and of its route for SMS
TOPICS = "alert_gateway/home"  # the root of the gateway on MQTT
DEADLINE = 30.0  # seconds for anything that a broker, a program or a modem does; it takes milliseconds
