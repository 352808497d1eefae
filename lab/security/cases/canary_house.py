"""The same in Home Assistant: its logs, storage, database, diagnostics and states are searched."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from lab.parts.brokers import Peer
from lab.parts.house import a_house
from lab.row import Need
from lab.security.canaries import Canary, a_number, a_text
from lab.security.case import Case
from lab.security.scan import Rule, files_below, judged, sightings

if TYPE_CHECKING:
    from lab.parts.house import House
    from lab.run import Run
    from lab.security.case import Book

CASE = Case(
    name="canary_house",
    tries="numbers and texts that exist once, in Home Assistant with the integration",
    expected="none is in a log, in diagnostics, in the database of states or in a file where it need not be",
    needs=frozenset({Need.HOME_ASSISTANT}),
    timeout=240.0,
    remark="Home Assistant's own log, as it is by default",
)
_ENTRIES = ".storage/core.config_entries"
_OURS = "home_assistant/alert_gateway/journal.db*"

RULES = (
    Rule(
        canaries=("number of a person", "name of a person"),
        places=(f"home_assistant/{_ENTRIES}*",),
        why="Home Assistant keeps what people fill in there",
    ),
    Rule(
        canaries=("number of *", "alarm *", "text *", "words *", "name of a person"),
        places=(_OURS,),
        why="the journal is the one place where numbers and texts are kept",
    ),
    Rule(
        canaries=("name of a person",),
        places=("home_assistant/*", "mqtt: */out/*", "api: /api/states"),
        why="entities are called as people are",
    ),
    Rule(
        canaries=("alarm *",),
        places=("mqtt: */out/alarm/*", "api: /api/states", "home_assistant/.storage/core.restore_state"),
        why="dashboards show alarms, and Home Assistant keeps the last state of each entity",
    ),
    Rule(
        canaries=("words *", "number of a person", "number of a stranger"),
        places=("api: /api/states", "home_assistant/.storage/core.restore_state"),
        why="the event of an inbound message shows it, unless the privacy level says otherwise",
    ),
    Rule(
        canaries=("alarm *", "text of a message", "number of a recipient"),
        places=("home_assistant/home-assistant_v2.db*",),
        why="Home Assistant itself records what automations give to actions",
    ),
)


async def play(run: Run, book: Book) -> None:
    """An alarm, a text, strangers and people who write; then the search."""
    draw = run.random
    title, text = a_text(draw, "alarm title"), a_text(draw, "alarm text")
    sent, words = a_text(draw, "text of a message"), a_text(draw, "words of a stranger")
    stranger, recipient = (
        a_number(draw, "number of a stranger", "+44"),
        a_number(draw, "number of a recipient"),
    )
    refused, name = a_text(draw, "refused payload"), a_text(draw, "name of a person")
    ben = a_number(draw, "number of a person")
    house = await run.use(a_house(run.folder / "house", run.ledger))
    stranger_there = await run.use(Peer(house.stage.facts.mqtt_port, "stranger"))
    await stranger_there.subscribe("alert_gateway/#")
    house.radio.network.add_phone(ben.value)
    await _add_ben(house, ben, name)
    await house.raise_alarm("tank", f"Tank {title.value} low", message=f"Look {text.value}")
    await house.radio.sms(title.value)
    book.attempt("alarm by an action")
    with suppress(Exception):  # the number is nobody's: whatever it says is searched
        await house.act("send", to=[recipient.value], message=f"Door {sent.value}")
    book.attempt("text by an action")
    with suppress(Exception):
        await house.act("raise_alarm", key="bad", title=refused.value, severity=refused.value)
    book.attempt("action without sense")
    for sender, said in (
        (stranger.value, words.value),
        (ben.value, "STATUS"),
        (ben.value, f"OK {words.value}"),
    ):
        house.radio.network.deliver_sms(sender, f"{said}")
        book.attempt("SMS from a phone")
    house.radio.network.ring(stranger.value, give_up_after=1.0)
    await house.stage.mqtt.publish("in/alarm/plc/bad", {"severity": refused.value, "title": refused.value})
    await house.settled()
    await asyncio.sleep(3.0)  # the recorder writes every second
    said_by_api = await _asked(house)
    await house.stop()
    places = [(f"home_assistant/{place}" if not place.startswith("names") else place, octets)
              for place, octets in files_below(house.folder / "home_assistant")]  # fmt: skip
    places += [("log", (house.folder / "home_assistant.log").read_bytes()), *said_by_api]
    places += [
        (f"mqtt: {each.topic}", each.topic.encode() + b" " + each.payload)
        for each in stranger_there.messages
        if "/in/" not in each.topic
    ]
    _search(book, (ben, title, text, sent, words, stranger, recipient, refused, name), places)


async def _add_ben(house: House, ben: Canary, name: Canary) -> None:
    hub = await house.home_assistant.wait_for_entry(
        "alert_gateway", lambda entry: "person" in str(entry.get("supported_subentry_types"))
    )
    person = {"name": name.value.title(), "phone": ben.value, "can_acknowledge": True}
    await house.home_assistant.run_subentry_flow(hub["entry_id"], "person", [person])


async def _asked(house: House) -> list[tuple[str, bytes]]:
    """What an administrator may download or see."""
    found = []
    entries = await house.home_assistant.get("/api/config/config_entries/entry")
    ours = [entry["entry_id"] for entry in entries if entry["domain"] == "alert_gateway"]
    for entry in ours:
        told = await house.home_assistant.get(f"/api/diagnostics/config_entry/{entry}")
        # What Home Assistant itself puts around it names the entry by its title.
        found.append((f"diagnostics: {entry}", json.dumps(told).encode()))
    found.append(("api: /api/states", json.dumps(await house.home_assistant.get("/api/states")).encode()))
    with suppress(Exception):
        found.append(
            ("api: error_log", json.dumps(await house.home_assistant.get("/api/error_log")).encode())
        )
    return found


def _search(book: Book, wanted: tuple[Canary, ...], places: list[tuple[str, bytes]]) -> None:
    book.measure("places", len(places))
    book.measure("octets", sum(len(octets) for _, octets in places))
    seen = sightings(wanted, places)
    for finding in judged(seen, RULES)[0]:
        book.find(finding)
    in_journal = {one.canary for one in seen if "journal.db" in one.place}
    for name in ("alarm title", "words of a stranger", "number of a stranger"):
        book.must(f"{name} was in the run at all", is_so=name in in_journal)
    book.must("diagnostics were looked at", is_so=any(place.startswith("diagnostics") for place, _ in places))
