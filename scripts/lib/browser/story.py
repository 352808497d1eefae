"""The story that a browser plays: from the first visit to an alarm that somebody has taken.

Each chapter does what a person would do, looks at what came of it, and takes pictures for the documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.lib.demo.stage import PERSON, PERSON_NUMBER, USER, add_mqtt, wait_until_it_can_send
from scripts.lib.demo.story import ALARM_TOPIC, CLEAR, RAISE, SMS_TIMEOUT

from . import pages
from .accessibility import Violation, violations
from .chromium import DESK, PHONE
from .operators_page import SECTIONS, OperatorsPage
from .pages import Dialog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Locator, Page

    from scripts.lib.demo.mqtt import Seen
    from scripts.lib.demo.stage import Stage
    from scripts.lib.demo.telling import Telling

    from .camera import Camera

OWNER = USER.capitalize()
AS_DIALLED = f"0{PERSON_NUMBER.removeprefix('+43')}"  # the demo's house is in Austria
# A lesser one would wait two minutes after the test, for a digest.
ALARM = {**RAISE, "severity": "critical"}
TITLE = str(ALARM["title"])
ANSWERED = re.compile(r"^\s*answered")  # not "delivered, not answered"
STATE_TIMEOUT = 60.0  # seconds from a click to what MQTT says of it; under one on an idle machine


@dataclass(slots=True, kw_only=True)
class Sightings:
    """What was seen, for whoever judges it."""

    texts: list[str] = field(default_factory=list)
    acknowledged_by: str = ""
    violations: list[Violation] = field(default_factory=list)


class Story:
    """The chapters, in their order; each raises if something cannot be done."""

    def __init__(self, page: Page, stage: Stage, camera: Camera, tell: Telling) -> None:
        self._page = page
        self._stage = stage
        self._camera = camera
        self._tell = tell
        self._operator = OperatorsPage(page)
        self.seen = Sightings()

    @property
    def chapters(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What is played, one after the other."""
        return (
            self.first_visit,
            self.add_the_modem,
            self.add_the_first_person,
            self.add_a_policy,
            self.look_at_devices,
            self.test_the_person,
            self.raise_an_alarm,
            self.look_at_every_section,
            self.acknowledge_it,
            self.end_it,
            self.somebody_leaves,
        )

    async def play(self) -> None:
        """From the first chapter to the last."""
        await self._stage.phone.switch_on()
        for chapter in self.chapters:
            await chapter()
            self._tell.fact(chapter.__name__.replace("_", " "))

    # --- setting up ---

    async def first_visit(self) -> None:
        """An account is made; MQTT is set up already, as in many houses."""
        house = self._stage.home_assistant
        password = self._stage.facts.password
        await pages.visit_first(self._page, house.url, name=OWNER, password=password)
        await house.log_in(name=USER, password=password)
        await house.wait_until_it_runs()
        await add_mqtt(house, self._stage.facts.mqtt_port)
        await house.post("/api/services/persistent_notification/dismiss_all", {})

    async def add_the_modem(self) -> None:
        """By the dialog, with a test message that the phone confirms."""
        dialog = await pages.begin_to_add(self._page)
        await dialog.wait_for("GSM modem")
        await self._examine("config flow, menu", dialog.root)
        await self._camera.take(self._page, "add-menu")
        await dialog.choose("GSM modem")
        await dialog.write_port(self._stage.port)
        await self._examine("config flow, modem", dialog.root)
        await self._camera.take(self._page, "add-modem")
        await dialog.submit()
        await dialog.wait_for("Send a test message")
        await dialog.fill("phone", AS_DIALLED)
        await self._examine("config flow, test message", dialog.root)
        await self._camera.take(self._page, "add-modem-test")
        await dialog.submit()
        await self._expect_sms("If you can read this, sending works.")
        await dialog.wait_for("The message arrived")
        await self._camera.take(self._page, "add-modem-arrived")
        await dialog.submit()

    async def add_the_first_person(self) -> None:
        """The dialog goes on by itself."""
        dialog = Dialog(self._page)
        await dialog.wait_for("Person")
        await dialog.fill("name", PERSON)
        await dialog.fill("phone", AS_DIALLED)
        await self._examine("subentry, person", dialog.root)
        await self._camera.take(self._page, "add-person")
        await dialog.submit()
        await dialog.finish()
        await wait_until_it_can_send(self._stage.mqtt)

    async def add_a_policy(self) -> None:
        """What becomes of alarms that are critical."""
        dialog = await pages.begin_to_add_to_the_hub(self._page, "Add policy")
        await dialog.wait_for("What happens when an alarm is raised.")
        await dialog.pick("Severity, or a name", "Critical")
        await dialog.submit()
        await dialog.wait_for("Who is told")
        await dialog.pick("Who is told", PERSON)
        await self._examine("subentry, policy", dialog.root)
        await self._camera.take(self._page, "add-policy")
        await dialog.submit()
        await dialog.finish()

    async def look_at_devices(self) -> None:
        """The page of the integration, and the pages of hub and modem."""
        await pages.go(self._page, pages.OURS)
        await self._page.get_by_text("Critical", exact=True).first.wait_for()
        await self._camera.take(self._page, "integration")
        for picture, model in (("device-hub", "Gateway"), ("device-modem", "Generic")):
            await pages.open_device(self._page, model)
            await self._camera.take(self._page, picture)

    # --- the alarm ---

    async def test_the_person(self) -> None:
        """A test by the button of the operator's page; the person answers what it asks for."""
        await self._operator.open()
        await self._operator.show("People")
        card = self._operator.person(PERSON)
        await self._operator.press(card, "Test")
        await self._operator.agree("Send the test")
        await self._expect_sms("is it well with you?")
        await self._stage.phone.send("OK")
        await self._expect_sms("is yours")
        await card.get_by_text(ANSWERED).first.wait_for()

    async def raise_an_alarm(self) -> None:
        """By MQTT; the phone has it, and the page shows it by itself."""
        await self._operator.show("Alarms")
        await self._stage.mqtt.publish(ALARM_TOPIC, ALARM)
        await self._expect_sms(TITLE)
        await self._operator.alarm(TITLE).wait_for()
        await self._require_alarm("raised")

    async def look_at_every_section(self) -> None:
        """In both themes, and as wide as a phone."""
        for section in SECTIONS:
            await self._operator.show_with_content(section, PERSON)
            await self._examine_page(section)
            await self._camera.take(self._page, f"page-{section.lower().replace(' ', '-')}")
        await self._page.emulate_media(color_scheme="dark")
        await self._operator.wait_for_theme(dark=True)
        for section in reversed(SECTIONS):
            await self._operator.show(section)
            await self._examine_page(f"{section}, dark")
        await self._camera.take(self._page, "page-alarms-dark")
        await self._page.set_viewport_size(PHONE)
        await self._camera.take(self._page, "page-alarms-phone-dark")
        await self._page.emulate_media(color_scheme="light")
        await self._operator.wait_for_theme(dark=False)
        await self._examine_page("Alarms, phone")
        await self._camera.take(self._page, "page-alarms-phone")
        await self._page.set_viewport_size(DESK)

    async def acknowledge_it(self) -> None:
        """On the operator's page."""
        card = self._operator.alarm(TITLE)
        await self._operator.press(card, "Acknowledge")
        await card.get_by_text("Acknowledged by").first.wait_for()
        alarm = await self._require_alarm("acked")
        self.seen.acknowledged_by = str(alarm["acked_by"])
        await self._operator.press(card, "Details")
        await card.get_by_text("What happened").wait_for()
        await self._examine_page("Alarms, details")
        await self._camera.take(self._page, "page-alarm-details")

    async def end_it(self) -> None:
        """The cause is gone, and so is the alarm; the all-clear by SMS waits for the digest."""
        await self._stage.mqtt.publish(ALARM_TOPIC, CLEAR)
        await self._operator.root.get_by_text("No open alarms").wait_for()
        await self._require_alarm("closed")

    async def somebody_leaves(self) -> None:
        """Only the policy still names the person, and a repair says so."""
        await pages.remove_from_the_hub(self._page, PERSON, "Person")
        dialog = await pages.open_repair(self._page, "Critical names somebody who is gone")
        await dialog.root.get_by_role("button", name="Submit").wait_for()
        await self._examine("repair", dialog.root)
        await self._camera.take(self._page, "repair")
        await dialog.submit()
        await dialog.finish()
        await self._page.locator("ha-config-repairs").get_by_text("Nobody is told of alarms").first.wait_for()

    # --- what is looked at ---

    async def _expect_sms(self, words: str) -> None:
        """The phone gets a text with these words; news that waited may come before it."""
        while True:
            sms = await self._stage.phone.receive(SMS_TIMEOUT, f"an SMS with '{words}'")
            self.seen.texts.append(sms.text)
            if words in sms.text:
                return

    async def _require_alarm(self, state: str) -> dict[str, object]:
        def fits(seen: Seen) -> bool:
            is_alarm = "/out/alarm/" in seen.topic and seen.topic.endswith("/state")
            return is_alarm and seen.json().get("title") == TITLE and seen.json().get("state") == state

        return (await self._stage.mqtt.wait_for(fits, STATE_TIMEOUT, f"the alarm as {state}")).json()

    async def _examine(self, place: str, root: Locator) -> None:
        self.seen.violations += await violations(self._page, place, root)

    async def _examine_page(self, place: str) -> None:
        await self._examine(f"operator's page, {place}", self._operator.root)
