"""The reference page is what the docstrings say."""

from __future__ import annotations

import gsm_driver
from scripts.lib.api_reference import PAGE, markdown, render


def test_the_page_is_up_to_date() -> None:
    """If not: python -m scripts.lib.api_reference."""
    assert PAGE.read_text(encoding="utf-8") == render()


def test_every_public_name_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in gsm_driver.__all__ if f"### {name}\n" not in page] == []


def test_a_docstring_becomes_markdown() -> None:
    docstring = """What it does, with ``code``.

    ::

        an example

    Args:
        first: one line.
        second, third: a line that
            goes on.

    Raises:
        OSError: why.
    """
    assert markdown(docstring).split("\n\n") == [
        "What it does, with `code`.",
        "```text\nan example\n```",
        "**Args**",
        "- `first`: one line.\n- `second, third`: a line that goes on.",
        "**Raises**",
        "- `OSError`: why.",
    ]
