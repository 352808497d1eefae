"""For all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell that runs something in the background has it ignore Ctrl-C, and nohup the end of the line. So would
# everything that the tests start: those that end it this way would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says more about what else runs on the machine than about the code: that is what
# `bench/` is for.
settings.register_profile("alert_gateway", deadline=None)
settings.load_profile("alert_gateway")
