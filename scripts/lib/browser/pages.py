"""Home Assistant's own pages and dialogs, as a person finds their way: by words, not by ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Page

INTEGRATION = "Alert Gateway"
OURS = "/config/integrations/integration/alert_gateway"
DASHBOARD = "/config/integrations/dashboard"
REPAIRS = "/config/repairs"

# As the links of the sidebar do it, without loading everything anew.
GO = """(path) => {
  history.pushState(null, "", path);
  dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
}"""


async def visit_first(page: Page, url: str, *, name: str, password: str) -> None:
    """The first visit: an account, then into the house."""
    await page.goto(url)
    await page.get_by_role("button", name="Create my smart home").click()
    await page.locator("input[name=name]").fill(name)
    await page.locator("input[name=username]").fill(name.lower())
    await page.locator("input[name=password]").fill(password)
    await page.locator("input[name=password_confirm]").fill(password)
    await page.get_by_role("button", name="Create account").click()
    await page.get_by_role("button", name="Finish").click()
    await page.locator("home-assistant-main").wait_for()
    await page.locator("ha-sidebar").get_by_text("Settings").wait_for()


async def go(page: Page, path: str) -> None:
    """Another page of the same house."""
    await page.evaluate(GO, path)


class Dialog:
    """The dialog in which forms follow one another."""

    def __init__(self, page: Page) -> None:
        self.root = page.locator("dialog-data-entry-flow")

    async def wait_for(self, words: str) -> None:
        """Until a step with these words is there."""
        await self.root.get_by_text(words, exact=True).first.wait_for()

    async def choose(self, words: str) -> None:
        """Press an entry of a menu."""
        await self.root.get_by_text(words, exact=True).first.click()

    async def fill(self, key: str, words: str) -> None:
        """Write into the field of a key."""
        await self.root.locator(f"input[name={key}]").fill(words)

    async def pick(self, label: str, words: str) -> None:
        """Open the list of a field and take an entry of it."""
        field = self.root.locator("ha-selector-select").filter(has_text=label).first
        await field.get_by_role("button", name="Add").or_(field.locator("ha-picker-field")).first.click()
        await field.locator("ha-picker-combo-box ha-combo-box-item").get_by_text(words, exact=True).click()

    async def write_port(self, path: str) -> None:
        """Give the path of a port that is in no list."""
        field = self.root.locator("ha-selector-serial_port")
        await field.locator("ha-picker-field").click()
        await field.get_by_text("Enter manually").click()
        await field.locator("ha-picker-combo-box").wait_for(state="detached")  # it has an input, too
        await field.locator("input").fill(path)
        await expect(field.locator("input")).to_have_value(path)

    async def submit(self) -> None:
        """Go on to the next step."""
        await self.root.get_by_role("button", name="Submit").click()

    async def finish(self) -> None:
        """Close the last page, and wait until it is gone."""
        await self.root.get_by_role("button", name=re.compile("Finish")).click()
        await self.root.locator("step-flow-create-entry").wait_for(state="detached")


async def begin_to_add(page: Page) -> Dialog:
    """Settings, Devices & services, Add integration, Alert Gateway."""
    await go(page, DASHBOARD)
    await page.get_by_role("button", name="Add integration").first.click()
    brands = page.locator("dialog-add-integration")
    await brands.locator("input").first.fill(INTEGRATION)
    await brands.get_by_text(INTEGRATION, exact=True).first.click()
    return Dialog(page)


async def begin_to_add_to_the_hub(page: Page, words: str) -> Dialog:
    """The page of the integration, and one of its buttons."""
    await go(page, OURS)
    await page.get_by_role("button", name=words).click()
    return Dialog(page)


async def open_from_the_sidebar(page: Page, name: str) -> None:
    """Press an entry of the sidebar."""
    await page.locator("ha-sidebar").get_by_text(name, exact=True).click()


async def open_device(page: Page, words: str) -> None:
    """From the page of the integration to a device that is described by these words."""
    await go(page, OURS)
    await page.locator("ha-config-entry-device-row").filter(has_text=words).first.click()
    await page.locator("ha-config-device-page ha-device-entities-card").first.wait_for()


async def remove_from_the_hub(page: Page, name: str, kind: str) -> None:
    """The page of the integration, the menu of an item, Delete."""
    await go(page, OURS)
    row = page.locator("ha-config-sub-entry-row").filter(has_text=kind).filter(has_text=name).first
    await row.locator(".sub-entry").get_by_role("button", name="Menu").first.click()
    await row.locator("ha-dropdown-item").get_by_text("Delete").click()
    await page.locator("dialog-box").get_by_role("button", name="Delete").click()
    await row.wait_for(state="detached")


async def open_repair(page: Page, words: str) -> Dialog:
    """Settings, Repairs, and one of them."""
    await go(page, REPAIRS)
    await page.locator("ha-config-repairs").get_by_text(words).first.click()
    return Dialog(page)
