"""``inbox``: what lies in the modem at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver.errors import CommandError
from gsm_driver.introduction import introduce, unlock
from gsm_driver.link import Link
from gsm_driver.startup import SimPatience, prepare_messaging
from gsm_driver.storage import MessageStorage
from gsm_driver.stored import decode_stored, read_memories

from .access import Access
from .event_words import event_in_words, values_of
from .options import AsJson, Baudrate, LastTries, Pin, Port  # noqa: TC001 - typer reads the annotations
from .shell import print_json, run, say, tell

if TYPE_CHECKING:
    from gsm_driver.models import DeliveryReport, ReceivedSms

Delete = Annotated[
    bool, typer.Option("--delete", help="Delete what was printed, also what is in parts or unreadable.")
]


def inbox(
    port: Port,
    *,
    delete: Delete = False,
    pin: Pin = None,
    last_tries: LastTries = False,
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Print the messages and reports that lie in the modem at PORT."""
    access = Access(port=port, baudrate=baudrate, pin=pin, last_tries=last_tries)
    run(_inbox(access, delete=delete, as_json=as_json))


async def _inbox(access: Access, *, delete: bool, as_json: bool) -> None:
    link = await Link.open(access.port, baudrate=access.baudrate)
    try:
        introduction = await introduce(link)
        await unlock(introduction.sim, access.pin, last_tries=access.last_tries)
        profile = introduction.profile
        await prepare_messaging(SimPatience(link), profile)
        memories = await read_memories(link, profile)
        found = decode_stored(memories)
        for event in found:
            _print(event, as_json=as_json)
        if not as_json:
            for contents in memories:
                say(f"memory {contents.memory}: {contents.used} of {contents.total or '?'} slots used")
        if delete:
            await _delete(link, found, lists_messages=profile.lists_messages)
    finally:
        await link.close()


def _print(event: ReceivedSms | DeliveryReport, *, as_json: bool) -> None:
    if as_json:
        print_json({"event": type(event).__name__, **values_of(event)})
        return
    time = event.service_centre_time
    tell((f"{time:%Y-%m-%d %H:%M} " if time is not None else "") + event_in_words(event))


async def _delete(
    link: Link, found: tuple[ReceivedSms | DeliveryReport, ...], *, lists_messages: bool
) -> None:
    storage = MessageStorage(link, lists_messages=lists_messages)
    await storage.prepare(SimPatience(link))
    slots = [slot for event in found for slot in event.slots]
    deleted = 0
    for slot in slots:
        try:
            await storage.delete(slot)
        except CommandError as err:
            say(f"slot {slot.index} of {slot.memory} cannot be deleted: {err}")
        else:
            deleted += 1
    say(f"{deleted} of {len(slots)} deleted")
