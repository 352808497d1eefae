"""The operator's page in the sidebar, as a person uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import pages

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

# The sections, the element of each, and what is there once its content is.
SECTIONS = {
    "Alarms": "agw-alarms",
    "People": "agw-person-card",
    "Messages": "agw-message-row",
    "Conversations": "agw-conversations",
    "Routes": "agw-signal-chart",
    "Try it out": "agw-rehearsal",
}


class OperatorsPage:
    """Its sections, its cards and their buttons."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.root = page.locator("alert-gateway-panel")

    async def open(self) -> None:
        """By the sidebar."""
        await pages.open_from_the_sidebar(self._page, "Alert Gateway")
        await self.root.locator("agw-alarms").wait_for()

    async def show(self, section: str) -> None:
        """Go to a section, and wait for what is in it."""
        await self.root.get_by_role("navigation").get_by_role("link", name=section).click()
        await self.root.locator(SECTIONS[section]).first.wait_for()

    async def show_with_content(self, section: str, person: str) -> None:
        """Go to a section, and have it show something of a person where it asks whose."""
        await self.show(section)
        if section == "Conversations":
            await self.root.locator("agw-conversations").get_by_role("link", name=person).first.click()
            await self.root.locator("agw-conversation").get_by_text("OK", exact=True).first.wait_for()
        if section == "Try it out":
            await self.root.locator("agw-rehearsal input").fill("OK")
            await self.press(self.root.locator("agw-rehearsal"), "Try it")
            await self.root.get_by_text(f"If {person} wrote this").wait_for()

    async def wait_for_theme(self, *, dark: bool) -> None:
        """Until it is drawn in the theme."""
        theme = "[dark]" if dark else ":not([dark])"
        await self.root.and_(self._page.locator(theme)).wait_for()

    def alarm(self, title: str) -> Locator:
        """The card of an open alarm."""
        return self.root.locator("agw-alarm-card").filter(has_text=title)

    def person(self, name: str) -> Locator:
        """The card of a person."""
        return self.root.locator("agw-person-card").filter(has_text=name)

    async def press(self, where: Locator, words: str) -> None:
        """Press a button of a card."""
        await where.get_by_role("button", name=words, exact=True).first.click()

    async def agree(self, words: str) -> None:
        """Say yes in the dialog that asks."""
        await self.root.locator("dialog[open]").get_by_role("button", name=words, exact=True).click()
