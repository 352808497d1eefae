"""The whole path: from whoever says something to the first octet at the modem, and back."""
