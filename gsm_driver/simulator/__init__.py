"""A modem and its network for tests, demonstrations and trying things without hardware."""
