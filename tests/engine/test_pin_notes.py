"""PINs that were refused stay refused over restarts; what the file tells; what happens without room."""

from __future__ import annotations

import functools
import json
import stat
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import pytest

from alert_engine.routes.pin_notes import MAX_NOTES, SALT_SIZE, PinNotes
from gsm_driver import LinkLostError, Modem, PinRejectedError, PinRequiredError, SimNotReadyError
from gsm_driver.simulator import (
    Fault,
    Moment,
    SimCard,
    Simulator,
    Unplug,
    close_simulators,
    create_simulator,
)
from tests import virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from gsm_driver import PinAttempts

P = ParamSpec("P")

PIN = "7359"
CARD = "8943010000000000017"
SALT = bytes(range(SALT_SIZE))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db.pins"


def story(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """In virtual time, and without a modem left at its end."""

    @functools.wraps(test)
    async def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await test(*args, **kwargs)
        finally:
            close_simulators()

    return virtual_time.story(told)


def content_of(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def left_by(file: Path) -> dict[str, int]:
    """What lies in its folder, with the rights."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}


def write(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_bytes(content.encode("utf-8", "surrogateescape"))


def notes_of(file: Path, salt: bytes = SALT) -> PinNotes:
    """As a new process has them."""
    notes = PinNotes(file, salt=salt)
    notes.load()
    return notes


def modem_with(card: SimCard, *faults: Fault) -> Simulator:
    close_simulators()
    simulator = create_simulator("m")
    simulator.modem.sim = card
    simulator.modem.faults.replace(list(faults))
    return simulator


async def start(file: Path, pin: str) -> None:
    """A new process opens the modem."""
    attempts = notes_of(file, bytes(SALT_SIZE)).attempts("simulator://m")
    async with Modem("simulator://m", pin=pin, pin_attempts=attempts):
        pass


class TestOverRestarts:
    @story
    async def test_a_refused_pin_is_never_tried_again(self, file: Path) -> None:
        card = SimCard(pin=PIN)
        modem_with(card)
        with pytest.raises(PinRejectedError):
            await start(file, "0000")
        for _ in range(3):
            with pytest.raises(PinRequiredError, match="refused before; correct it"):
                await start(file, "0000")
        assert card.pin_tries == 2

    @story
    async def test_a_changed_pin_is_tried_once(self, file: Path) -> None:
        card = SimCard(pin=PIN)
        modem_with(card)
        with pytest.raises(PinRejectedError):
            await start(file, "0000")
        await start(file, PIN)
        assert card.pin_tries == 3

    @story
    async def test_the_right_pin_is_used_at_each_start(self, file: Path) -> None:
        for _ in range(4):
            modem_with(SimCard(pin=PIN))
            await start(file, PIN)

    @story
    async def test_another_card_may_have_that_pin(self, file: Path) -> None:
        modem_with(SimCard(pin=PIN))
        with pytest.raises(PinRejectedError):
            await start(file, "0000")
        modem_with(SimCard(pin="0000", iccid="8943010000000000025"))
        await start(file, "0000")

    @story
    async def test_a_pin_whose_answer_never_came_is_tried_once_more(self, file: Path) -> None:
        for _ in range(2):
            modem_with(
                SimCard(pin=PIN), Fault(moment=Moment.COMMAND, command="+CPIN", effect=Unplug(), at=(4,))
            )
            with pytest.raises(LinkLostError):
                await start(file, PIN)
        modem_with(SimCard(pin=PIN))
        with pytest.raises(PinRequiredError):
            await start(file, PIN)

    @story
    async def test_after_one_lost_answer_the_right_pin_is_right(self, file: Path) -> None:
        modem_with(SimCard(pin=PIN), Fault(moment=Moment.COMMAND, command="+CPIN", effect=Unplug(), at=(4,)))
        with pytest.raises(LinkLostError):
            await start(file, PIN)
        for _ in range(2):
            modem_with(SimCard(pin=PIN))
            await start(file, PIN)


class TestTheFile:
    @story
    async def test_it_is_for_its_owner_and_holds_no_pin(self, file: Path) -> None:
        modem_with(SimCard(pin=PIN))
        with pytest.raises(PinRejectedError):
            await start(file, "0000")
        assert left_by(file) == {file.name: 0o600}
        (note,) = content_of(file)["refused"]
        assert "0000" not in note
        assert CARD not in note

    @story
    async def test_a_card_without_a_number_goes_by_its_port(self, file: Path) -> None:
        notes = notes_of(file)
        here, there = notes.attempts("/dev/a"), notes.attempts("/dev/b")
        here.spend("", "0000")
        here.refused("", "0000")
        assert here.is_spent("", "0000")
        assert not there.is_spent("", "0000")

    @story
    async def test_it_does_not_grow_for_ever(self, file: Path) -> None:
        notes = notes_of(file)
        for number in range(MAX_NOTES + 10):
            notes.refuse(CARD, f"{number:04}")
        await notes.save()
        again = notes_of(file)
        assert again.is_spent(CARD, f"{MAX_NOTES + 9:04}")
        assert not again.is_spent(CARD, "0000")

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            "null",
            "{}",
            '{"salt": "zz", "refused": [], "unanswered": {}}',
            '{"salt": "00", "refused": 1, "unanswered": {}}',
            '{"salt": "00", "refused": [], "unanswered": []}',
            '{"salt": "00", "refused": [], "unanswered": {"a": "b"}}',
            "\udcff",
        ],
    )
    @story
    async def test_a_damaged_one_costs_one_try(
        self, file: Path, content: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        write(file, content)
        notes = notes_of(file)
        assert "refused PINs are forgotten" in caplog.text
        assert not notes.is_spent(CARD, "0000")

    @story
    async def test_a_salt_that_is_too_short_is_not_used(self, file: Path) -> None:
        write(file, '{"salt": "00", "refused": [], "unanswered": {}}')
        notes = notes_of(file)
        await notes.save()
        assert content_of(file)["salt"] == SALT.hex()


class TestWithoutRoom:
    @pytest.fixture
    def attempts(self, tmp_path: Path) -> PinAttempts:
        (tmp_path / "block").touch()
        return PinNotes(tmp_path / "block" / "pins", salt=SALT).attempts("/dev/a")

    @story
    async def test_a_pin_that_cannot_be_noted_is_not_entered(self, attempts: PinAttempts) -> None:
        card = SimCard(pin=PIN)
        modem_with(card)
        with pytest.raises(SimNotReadyError, match="could not be noted first") as caught:
            await Modem("simulator://m", pin="0000", pin_attempts=attempts).open()
        assert card.pin_tries == 3
        assert "0000" not in str(caught.value)

    @pytest.mark.parametrize("verdict", ["accepted", "refused"])
    @story
    async def test_an_answer_that_cannot_be_noted_is_no_reason_to_fail(
        self, attempts: PinAttempts, verdict: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        attempts.spend(CARD, PIN)
        getattr(attempts, verdict)(CARD, PIN)
        await attempts.save()
        assert "could not be noted" in caplog.text
        assert PIN not in caplog.text

    @story
    async def test_an_error_without_words(self, file: Path) -> None:
        class Odd(PinNotes):
            async def save(self) -> NoReturn:
                raise OSError

        attempts = Odd(file, salt=SALT).attempts("/dev/a")
        attempts.spend(CARD, PIN)
        with pytest.raises(SimNotReadyError, match="OSError"):
            await attempts.save()
