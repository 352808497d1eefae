"""What paho-mqtt 2.1 lacks, and what it makes long-winded."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.properties import Properties

from .mqtt_trouble import BrokerError, Trouble

if TYPE_CHECKING:
    from .settings import TlsSettings


class PahoClient(paho.Client):
    """paho 2.1 reads the reason of a DISCONNECT only when properties follow it; brokers send it alone."""

    disconnect_code = 0

    def _handle_disconnect(self) -> None:
        packet = self._in_packet["packet"]
        self.disconnect_code = packet[0] if packet else 0
        super()._handle_disconnect()


def topic_of(message: paho.MQTTMessage) -> str:
    """The topic; empty if it is no UTF-8, which no topic of ours is."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""


def properties_of(packet_type: int, **values: Any) -> Properties:
    """MQTT 5 properties of a packet, by their names in clause 2.2.2.2 without blanks."""
    properties = Properties(packet_type)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """What OpenSSL needs to know; reads files.

    Raises:
        OSError: a file cannot be read.
        BrokerError: a file holds something else.
    """
    for file in (tls.ca_file, tls.certificate_file, tls.key_file):
        if file is not None:
            Path(file).open("rb").close()  # unlike OpenSSL, this says which file is missing
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate_file is not None:
            context.load_cert_chain(tls.certificate_file, tls.key_file)
    except ssl.SSLError as err:
        text = f"a TLS file is no certificate or key in PEM, or they do not fit together: {err.reason}"
        raise BrokerError(Trouble.UNREACHABLE, text) from err
    context.check_hostname = tls.check_hostname
    return context
