"""The MQTT broker of the demo: iotcore, on the loopback interface.

Also a program, ``python -m scripts.lib.demo.broker CONFIG``, that runs until it is ended.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from iotcore import Broker

if TYPE_CHECKING:
    from pathlib import Path

# rumqttd's configuration file. Without one, iotcore listens on all addresses and speaks MQTT 3.1.1 only.
CONFIGURATION = """\
id = 0

[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10

[v5.1]
name = "demo"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = 262144
max_inflight_count = 100
dynamic_filters = true
"""


def write_configuration(file: Path, port: int) -> None:
    """Write what the program needs."""
    file.write_text(CONFIGURATION.format(port=port))


if __name__ == "__main__":
    Broker(config_path=sys.argv[1]).run_forever()
