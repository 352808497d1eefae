"""Where the broker is and how we appear there. Plain values; nothing here connects."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How the broker's certificate is checked, and ours if the broker asks for one. Paths to PEM files."""

    ca_file: str | None = None  # None: the authorities of the operating system
    certificate_file: str | None = None
    key_file: str | None = None
    check_hostname: bool = True  # False only for brokers reached by an address that their certificate lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """One broker and our place on it. All topics lie under ``<prefix>/<gateway>/``."""

    host: str
    gateway: str  # ``[a-z0-9_-]{1,64}``; two gateways on one broker need two names
    port: int = 1883
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: TlsSettings | None = None
    prefix: str = "alert_gateway"
    show_texts: bool = False  # True: `out/inbound` carries the sender's number and the text

    @property
    def client_id(self) -> str:
        """The fixed client id: the broker keeps our session under this name."""
        return f"alert_gateway-{self.gateway}"
