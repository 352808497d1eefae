"""``provider send`` with more than a text: media, octets, and an answer to somebody who wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from alert_engine.daemon.cli import app
from alert_engine.daemon.exits import ExitCode
from alert_engine.daemon.trial_message import trial_message
from alert_engine.model import Channel
from alert_engine.routes.base import Media, MediaKind

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+436641234567"
CHANNEL = "11111111-2222-3333-4444-555555555555"


def test_a_text_alone() -> None:
    message = trial_message(NUMBER, "Test", Channel.SMS)
    assert (message.address, message.text, message.channel) == (NUMBER, "Test", Channel.SMS)
    assert (message.media, message.data, message.heard_at) == (None, None, None)


@pytest.mark.parametrize("kind", list(MediaKind))
def test_media_go_with_a_text(kind: MediaKind) -> None:
    message = trial_message(NUMBER, "Tor", Channel.WHATSAPP, media=f"{kind}=https://cam.example/1?a=b")
    assert message.media == Media(kind=kind, url="https://cam.example/1?a=b")


def test_octets_in_either_writing() -> None:
    for given in ("0a1bff", "0A 1B FF"):
        assert trial_message(NUMBER, "", Channel.SMS, data=given).data == b"\x0a\x1b\xff"


def test_an_answer_is_to_somebody_who_wrote_just_now() -> None:
    heard_at = trial_message(NUMBER, "Test", Channel.WHATSAPP, answers=True).heard_at
    assert heard_at is not None
    assert abs(datetime.now(UTC) - heard_at) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--data", "zz"], ExitCode.CONFIG, "octets in hex"),
        (["--media", "image=http://cam.example/1"], ExitCode.CONFIG, "an https:// address"),
        (["--media", "gif=https://cam.example/1"], ExitCode.CONFIG, "must be one of image, video"),
        (["--data", "00" * 141], ExitCode.NOT_SENT, "at most 140 octets"),
        (["--channel", "whatsapp", "--data", "00"], ExitCode.NOT_SENT, "WhatsApp carries no data"),
        (["--channel", "whatsapp"], ExitCode.NOT_SENT, "within 24 hours"),
    ],
)
def test_what_is_not_sent(tmp_path: Path, arguments: list[str], code: ExitCode, words: str) -> None:
    account = {"name": "websms", "type": "websms", "token": "t", "whatsapp_channel": CHANNEL}
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump({"gateway": "g", "journal": "j", "providers": [account]}))
    result = CliRunner().invoke(app, ["provider", "send", str(file), "websms", NUMBER, "x", *arguments])
    assert (result.exit_code, words in result.output) == (code, True), result.output
