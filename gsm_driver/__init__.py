"""One GSM modem, asyncio, nothing lost: SMS, delivery reports, calls."""
