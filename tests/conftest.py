"""For all tests."""

from __future__ import annotations

import signal

# A shell that runs something in the background has it ignore Ctrl-C, and so would everything that the tests
# start: those that press it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
