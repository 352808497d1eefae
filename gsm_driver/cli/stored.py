"""``inbox``: what lies in the modem at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gsm_driver import startup
from gsm_driver.errors import CommandError
from gsm_driver.families import profile_for
from gsm_driver.link import Link
from gsm_driver.sim import PinAttempts, Sim
from gsm_driver.startup import SimPatience
from gsm_driver.storage import MessageStorage
from gsm_driver.stored import decode_stored, read_memories

from .event_words import event_in_words, values_of
from .shell import AsJson, Baudrate, Pin, Port, print_json, run, say

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
    baudrate: Baudrate = 115200,
    as_json: AsJson = False,
) -> None:
    """Print the messages and reports that lie in the modem at PORT."""
    run(_inbox(port, baudrate, pin, delete=delete, as_json=as_json))


async def _inbox(port: str, baudrate: int, pin: str | None, *, delete: bool, as_json: bool) -> None:
    link = await Link.open(port, baudrate=baudrate)
    try:
        await startup.synchronise(link)
        await startup.prepare_line(link)
        profile = profile_for(await startup.read_identity(link))
        await Sim(link, profile).unlock(pin, PinAttempts())
        await startup.prepare_messaging(SimPatience(link), profile)
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
    typer.echo(f"{time:%Y-%m-%d %H:%M} " if time is not None else "", nl=False)
    typer.echo(event_in_words(event))


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
