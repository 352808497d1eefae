"""The actions: what automations, scripts and people may ask of the gateway, by topic."""
