"""The story of the demo with nothing but strangers around Home Assistant: mosquitto and ofono-phonesim.

``python -m lab.parts.strangers FOLDER`` in the environment ``demo`` plays it. Its last line is JSON: the
submitted PDUs, for a decoder that is not ours, and the last summary on MQTT.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from gsm_driver.pdu.tpdu import Direction, SmsSubmit, decode_pdu
from lab.parts.phonesim import REPORTED_NUMBER, Phonesim, running_phonesim
from scripts.lib.demo.child import DemoError
from scripts.lib.demo.phone import Sms
from scripts.lib.demo.place import Place
from scripts.lib.demo.proof import require_clean_log
from scripts.lib.demo.stage import Builder, set_up
from scripts.lib.demo.story import Story
from scripts.lib.demo.telling import Telling

PLAY_TIMEOUT = 300.0
"""Seconds for the whole story; 25 on an idle machine of two cores."""

MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
"""


class PhonesimHandset:
    """The phone behind phonesim: it reads what was submitted, and writes by the control window."""

    def __init__(self, phonesim: Phonesim) -> None:
        self._phonesim = phonesim
        self._seen = 0

    async def switch_on(self) -> None:
        """Hear of messages from now on."""
        self._seen = len(self._phonesim.submitted)

    async def receive(self, limit: float | None, what: str = "a message") -> Sms:
        """The next whole message; all its segments are awaited."""
        try:
            async with asyncio.timeout(limit):
                first = await self._next_submit()
                total = first.user_data.concatenation.total if first.user_data.concatenation else 1
                submits = [first] + [await self._next_submit() for _ in range(total - 1)]
        except TimeoutError:
            raise DemoError(f"{what} did not reach phonesim within {limit} s") from None
        return Sms(text="".join(submit.user_data.text for submit in submits), segments=total)

    async def _next_submit(self) -> SmsSubmit:
        submitted = await self._phonesim.wait_for_submitted(self._seen + 1)
        tpdu = decode_pdu(submitted[self._seen], Direction.MO).tpdu
        self._seen += 1
        assert isinstance(tpdu, SmsSubmit)
        return tpdu

    async def send(self, text: str) -> None:
        """Write to the modem."""
        await self._phonesim.text_from(REPORTED_NUMBER, text)


class StrangersBuilder(Builder):
    """The demo's stage with another broker and another modem."""

    person_number = REPORTED_NUMBER
    phonesim: Phonesim

    async def start_broker(self) -> None:
        """Mosquitto, on the stage's port."""
        configuration = self._place.folder / "mosquitto.conf"
        configuration.write_text(MOSQUITTO.format(port=self._facts.mqtt_port))
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program is not None
        await self.run("broker", program, "-c", str(configuration))

    async def start_modem(self) -> PhonesimHandset:
        """ofono-phonesim, over TCP."""
        folder = self._place.folder / "phonesim"
        folder.mkdir()
        phonesim = await self._stack.enter_async_context(running_phonesim(folder))
        self._device = phonesim.url
        type(self).phonesim = phonesim
        return PhonesimHandset(phonesim)


async def play(folder: Path) -> dict[str, object]:
    """The story; returns what was seen from outside."""
    place = Place(folder)
    tell = Telling()
    with suppress(FileNotFoundError):
        place.clear()
    async with asyncio.timeout(PLAY_TIMEOUT), set_up(place, tell, StrangersBuilder) as stage:
        await Story(stage, tell).play(_at_once)
        report = await stage.mqtt.wait_for(
            lambda seen: seen.topic.endswith("/out/summary") and seen.json().get("open") == 0, 20.0, "the end"
        )
        facts: dict[str, object] = {
            "submitted": StrangersBuilder.phonesim.submitted,
            "summary": report.json(),
        }
    require_clean_log(place.log("home_assistant"))
    return facts


async def _at_once(expected: str) -> str:
    return expected


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(play(Path(sys.argv[1])))) + "\n")
