"""Takes the pictures of the documentation: small files, because they are in the repository."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Locator, Page

COLOURS = 224  # of a picture; a page of text on plain ground has few
# Until fonts are there and nothing moves any more; two frames, so that what was asked for is drawn.
SETTLED = """async () => {
  await document.fonts.ready;
  const ends = document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity);
  await Promise.race([
    Promise.allSettled(ends.map((each) => each.finished)),
    new Promise((resolve) => setTimeout(resolve, 3000)),
  ]);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""


class Camera:
    """Writes one file for each picture, and remembers their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)

    async def take(self, page: Page, name: str, part: Locator | None = None) -> None:
        """The page as it is seen, or a part of it."""
        await page.mouse.move(0, 0)  # so that nothing looks as if it were being pressed
        await page.evaluate(SETTLED)
        shot = await (page if part is None else part).screenshot(animations="disabled", caret="hide")
        file = self._folder / f"{name}.png"
        with Image.open(io.BytesIO(shot)) as image:
            few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(file, optimize=True)
        self.names.append(file.name)
