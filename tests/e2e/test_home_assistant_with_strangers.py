"""The whole way, with nothing but strangers around us: Home Assistant, mosquitto, ofono-phonesim."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gsmmodem.pdu import decodeSmsPdu

from lab.parts.phonesim import REPORTED_NUMBER, missing_parts

ROOT = Path(__file__).parents[2]
PLAY_LIMIT = 330.0  # seconds; the story ends by itself before that
MAKE_LIMIT = 600.0  # seconds for the environment of the demo, on a machine that never ran it
SERVERS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))  # Debian keeps mosquitto there


def why_not() -> str:
    """What is missing here; empty if nothing is."""
    if shutil.which("mosquitto", path=SERVERS) is None:
        return "not installed: mosquitto (scripts/install_test_parts brings it)"
    return missing_parts()


def demo_python() -> str:
    """The Python of the environment in which Home Assistant runs."""
    command = [sys.executable, "-m", "scripts.lib.environment", "demo"]
    made = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=MAKE_LIMIT, check=True
    )
    return made.stdout.strip()


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.timeout(PLAY_LIMIT + MAKE_LIMIT)
def test_an_alarm_by_mqtt_reaches_the_phone_and_is_acknowledged_by_its_reply(tmp_path: Path) -> None:
    """Raised, told in two segments, acknowledged by SMS on MQTT and in Home Assistant, cleared."""
    played = subprocess.run(
        [demo_python(), "-m", "lab.parts.strangers", str(tmp_path / "stage")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PLAY_LIMIT,
        check=False,
    )
    assert played.returncode == 0, played.stdout
    seen: dict[str, Any] = json.loads(played.stdout.splitlines()[-1])

    texts = [decodeSmsPdu(pdu) for pdu in seen["submitted"]]

    assert {submit["number"] for submit in texts} == {REPORTED_NUMBER}
    told, rest, taken, over = (submit["text"] for submit in texts)
    assert (told + rest).startswith("HIGH Water in the cellar: Pump 2 does not start.")
    code = (told + rest)[-4:]
    assert (told + rest).endswith(f"Reply OK {code}")
    assert taken == f"{code} is yours: Water in the cellar"
    assert over.startswith(f"CLEARED {code} Water in the cellar")
    assert (seen["summary"]["open"], seen["summary"]["in_doubt"]) == (0, 0)
