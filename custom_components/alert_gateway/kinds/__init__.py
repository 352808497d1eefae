"""The kinds of config entry: what each does when it is set up and taken down."""
