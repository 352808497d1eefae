"""What axe finds in what is ours: the operator's page, and what we write into Home Assistant's dialogs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from scripts.lib.demo.child import DemoError

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

# All rules of axe: WCAG 2.2 A and AA, and best practice. Shadow trees are gone into.
RUN = """async (root) => {
  const found = await axe.run(root, { resultTypes: ["violations"] });
  const violations = found.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map((node) => ({
      rule: id,
      impact,
      help,
      at: node.target.flat(3).join(" > "),
      markup: node.html.slice(0, 240),
    })));
  return { violations, kept: found.passes.length };
}"""
FEWEST_RULES = 5  # that apply to any of our pages; with fewer, axe did not see the page

# What Home Assistant's own components do, whatever an integration writes into them: rule, part of the path.
OF_HOME_ASSISTANT = (
    ("button-name", "ha-icon-button"),  # the buttons to clear a field have no words
    ("color-contrast", "dialog-repairs-issue-subtitle"),  # so is the word "Warning" above a repair
    ("color-contrast", "ha-input"),  # the name of a field that is filled in is pale
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One element that breaks one rule."""

    place: str
    rule: str
    impact: str
    help: str
    at: str
    markup: str


async def violations(page: Page, place: str, root: Locator) -> list[Violation]:
    """What axe finds in an element and all shadow trees below it, and is ours to mend."""
    if not await page.evaluate("() => 'axe' in window"):
        script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        await page.evaluate(script)
    found: dict[str, Any] = await root.evaluate(RUN)
    if found["kept"] < FEWEST_RULES:
        raise DemoError(f"axe saw nothing of {place}")
    all_of_them = [Violation(place=place, **each) for each in found["violations"]]
    return [each for each in all_of_them if not _is_of_home_assistant(each)]


def _is_of_home_assistant(found: Violation) -> bool:
    return any(found.rule == rule and part in found.at for rule, part in OF_HOME_ASSISTANT)
