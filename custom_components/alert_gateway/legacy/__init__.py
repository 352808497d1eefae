"""The way back for users of the `sms` integration that Home Assistant 2025.12 removed."""
