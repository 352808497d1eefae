"""WhatsApp messages in the words of Meta's Cloud API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alert_engine.model import Channel
from alert_engine.routes.base import Media, MediaKind
from alert_engine.routes.providers import whatsapp_cloud
from tests.engine.providers.contract import NOW, a_message

URL = "https://cam.example.org/1"


def whatsapp(text: str, kind: MediaKind | None = None, file_name: str = "") -> Any:
    media = None if kind is None else Media(kind=kind, url=URL, file_name=file_name)
    return a_message(channel=Channel.WHATSAPP, text=text, media=media)


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (whatsapp("Tor"), {"type": "text", "text": {"body": "Tor"}}),
        (
            whatsapp("Tor", MediaKind.IMAGE, "x.jpg"),
            {"type": "image", "image": {"link": URL, "caption": "Tor"}},
        ),
        (whatsapp("Tor", MediaKind.VIDEO), {"type": "video", "video": {"link": URL, "caption": "Tor"}}),
        (
            whatsapp("Tor", MediaKind.DOCUMENT, "plan.pdf"),
            {"type": "document", "document": {"link": URL, "caption": "Tor", "filename": "plan.pdf"}},
        ),
        (whatsapp("", MediaKind.AUDIO), {"type": "audio", "audio": {"link": URL}}),
        (whatsapp("Tor", MediaKind.AUDIO), {"type": "text", "text": {"body": f"Tor\n{URL}"}}),
        (
            whatsapp("x" * 1025, MediaKind.IMAGE),
            {"type": "text", "text": {"body": "x" * 1025 + f"\n{URL}"}},
        ),
    ],
    ids=["text", "image", "video", "document", "audio alone", "audio with text", "long caption"],
)
def test_the_alarm_is_always_in_it(message: Any, content: dict[str, Any]) -> None:
    assert whatsapp_cloud.content(message) == content


def test_a_template_has_the_link_in_its_text() -> None:
    template = whatsapp_cloud.template(whatsapp("Tor\n offen", MediaKind.IMAGE), "alarm", "de")["template"]
    assert template["components"][0]["parameters"] == [{"type": "text", "text": f"Tor offen {URL}"}]


@pytest.mark.parametrize("text", ["", " \n", "x" * 4097], ids=["empty", "blank", "long"])
def test_what_whatsapp_does_not_take(text: str) -> None:
    with pytest.raises(ValueError, match="WhatsApp"):
        whatsapp_cloud.check(whatsapp(text))
    whatsapp_cloud.check(whatsapp("", MediaKind.IMAGE))


@pytest.mark.parametrize(("hours", "is_open"), [(0, True), (23, True), (24, False), (48, False)])
def test_the_window(hours: int, *, is_open: bool) -> None:
    message = a_message(heard_at=NOW - timedelta(hours=hours))
    assert whatsapp_cloud.is_open(message, NOW) is is_open
    assert not whatsapp_cloud.is_open(a_message(), NOW)
