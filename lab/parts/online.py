"""A house with a modem and an account in the cloud; the line between them is in our hands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .certificates import an_authority
from .names import ANNA, SOURCE
from .namespaces import an_enclave
from .plant import a_plant, running
from .radio import a_radio
from .twilio import HOST, a_twilio, by_first_address

if TYPE_CHECKING:
    import ssl

    from lab.run import Run

    from .certificates import Authority
    from .plant import Plant
    from .program import Program
    from .radio import Radio
    from .twilio import Twilio

BERT = "+436602222222"  # has WhatsApp only
NAME_KEPT = (
    10.5  # seconds: for ten of them aiohttp remembers an address, so what is looked up hides a dead server
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """The gateway runs, and both ways out are well, until a row wants it otherwise."""

    run: Run
    plant: Plant
    radio: Radio
    twilio: Twilio
    gateway: Program
    authority: Authority

    def certificate(self, *, expired: bool = False) -> ssl.SSLContext:
        """Of the company."""
        return self.authority.server(HOST, expired=expired)

    async def raise_for_bert(self, key: str) -> None:
        """An alarm for whom no modem can tell; returns when the broker has it, which is a promise."""
        title = f"For Bert: {key}"
        alarm = {"event": "raise", "severity": "critical", "id": f"raise-{key}", "title": title}
        await self.plant.publish(f"in/alarm/{SOURCE}/{key}", json.dumps({**alarm, "policy": "cloud"}))
        self.run.ledger.accept(f"raise-{key}", title, BERT, at=self.run.now())


async def a_house_online(run: Run, *, has_whatsapp: bool = True, has_bert: bool = True) -> Online:
    """Start everything; it ends with the run.

    Args:
        run: needs `Need.MOSQUITTO` and `Need.NAMESPACE`.
        has_whatsapp: Anna is told by WhatsApp first, else by SMS alone.
        has_bert: there is somebody whom only the cloud reaches.
    """
    inside = await run.use(an_enclave(run.folder))
    authority = an_authority(run.folder)
    twilio = await run.use(a_twilio(run.ledger, inside, authority.server(HOST)))
    sms = {"channel": "sms", "value": ANNA}
    first = [{"channel": "whatsapp", "value": ANNA}] if has_whatsapp else []
    bert = {"id": "bert", "name": "Bert", "addresses": [{"channel": "whatsapp", "value": BERT}]}
    anna = {"id": "anna", "name": "Anna", "addresses": [*first, sms]}
    changes: dict[str, Any] = {
        "providers": [twilio.section()],
        "people": [anna, bert] if has_bert else [anna],
        "policies": {
            "critical": by_first_address("anna"),
            "cloud": by_first_address("bert" if has_bert else "anna"),
        },
    }
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, **changes))
    radio = run.keep(a_radio(plant.modem))
    await run.use(inside.door(plant.broker.port))
    await inside.open()
    gateway = await run.use(plant.gateway(prefix=inside.prefix, SSL_CERT_FILE=str(authority.file)))
    await running(gateway)
    await gateway.says("route twilio: ok")
    return Online(run=run, plant=plant, radio=radio, twilio=twilio, gateway=gateway, authority=authority)
