"""Who watches the watchman: routes, heartbeats, tests of the whole way, and the engine's own promises."""
