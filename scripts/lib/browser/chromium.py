"""The browser: the machine's Chromium, new for each story, and nothing but this machine to talk to."""

from __future__ import annotations

import re
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import ViewportSize, async_playwright, expect

from scripts.lib.demo.child import DemoError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page, Route

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # it runs as root, too, and opens nothing but our pages
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1[:/])")
DESK = ViewportSize(width=1120, height=780)
PHONE = ViewportSize(width=390, height=844)
WAIT = 90_000.0  # milliseconds for one thing to come up; a second on an idle machine, more on a busy one


def find_chromium() -> str | None:
    """The program; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Page]:
    """One page of a browser without a past: Playwright gives it a profile of its own and takes that away."""
    program = find_chromium()
    if program is None:
        raise DemoError("Chromium is not on this machine; scripts/install_test_parts brings it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        context = await browser.new_context(
            viewport=DESK,
            locale="en-GB",
            timezone_id="Europe/Vienna",
            service_workers="block",
            reduced_motion="reduce",
        )
        await context.route(ELSEWHERE, _refuse)
        page = await context.new_page()
        page.set_default_timeout(WAIT)
        expect.set_options(timeout=WAIT)
        yield page
        await browser.close()


async def _refuse(route: Route) -> None:
    await route.abort()
