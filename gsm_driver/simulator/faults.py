"""Faults as data: at which moment, on which occurrence, what happens.

A plan with the same faults and the same seed strikes at the same places in every run.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Moment(StrEnum):
    """Where in the life of the modem a fault strikes. The effect comes before what the moment would do."""

    COMMAND = "command"  # a command line came; it is not executed yet
    PROMPT = "prompt"  # the prompt is about to be written
    BODY = "body"  # the first bytes after the prompt came
    SUBMIT = "submit"  # the body was ended with Ctrl-Z; the network has nothing yet
    ANSWER = "answer"  # information response and final result code are about to be written
    ANNOUNCE = "announce"  # an unsolicited result code is about to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """Nothing happens: the command, the Ctrl-Z, the prompt, the answer or the announcement is lost."""

    name: ClassVar[str] = "lose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Other bytes are written instead."""

    name: ClassVar[str] = "replace"
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """Bytes are put between: garbage, or an unsolicited line in the middle of an answer."""

    name: ClassVar[str] = "inject"
    data: bytes = field(repr=False)
    offset: int = 0  # into what would be written; from the end if negative

    def into(self, data: bytes) -> bytes:
        """`data` with the injected bytes."""
        return data[: self.offset] + self.data + data[self.offset :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """What would be written comes later."""

    name: ClassVar[str] = "delay"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The command ends with an error: at COMMAND before it is executed, at SUBMIT with or without sending."""

    name: ClassVar[str] = "fail"
    final: str = "+CMS ERROR: 500"
    sent: bool = False  # at SUBMIT: the network gets the message all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The modem hears and says nothing for a while; infinity is a hang."""

    name: ClassVar[str] = "silence"
    seconds: float = float("inf")
    sent: bool = False  # as in Fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Reboot:
    """The modem restarts: settings are lost, boot lines come."""

    name: ClassVar[str] = "reboot"
    sent: bool = False  # as in Fail


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplug:
    """The port disappears, and the modem is without power."""

    name: ClassVar[str] = "unplug"
    seconds: float | None = None  # None: until somebody plugs it in
    returns_as: str = ""  # another name for the port; empty: the same
    sent: bool = False  # as in Fail


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseRegistration:
    """The modem is not registered for a while."""

    name: ClassVar[str] = "lose_registration"
    seconds: float = float("inf")


Effect = Lose | Replace | Inject | Delay | Fail | Silence | Reboot | Unplug | LoseRegistration

_EFFECTS: Mapping[str, type[Effect]] = {
    effect.name: effect
    for effect in (Lose, Replace, Inject, Delay, Fail, Silence, Reboot, Unplug, LoseRegistration)
}


_WRITING = frozenset({Moment.PROMPT, Moment.ANSWER, Moment.ANNOUNCE})
_MOMENTS: Mapping[type[Effect], frozenset[Moment]] = {  # the others may strike at any moment
    Replace: _WRITING,
    Inject: _WRITING,
    Delay: _WRITING,
    Fail: frozenset({Moment.COMMAND, Moment.SUBMIT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. Without `at`, `every` and `rate` it strikes on every occurrence."""

    moment: Moment
    effect: Effect
    command: str = ""  # only with this command or unsolicited result code, for example "+CMGS"
    at: tuple[int, ...] = ()  # occurrences, counted from 1
    every: int = 0  # each n-th occurrence
    rate: float = 0.0  # share of the occurrences, 0 to 1, drawn from the plan's seed
    limit: int | None = None  # at most so many strikes

    def __post_init__(self) -> None:
        """Refuse an effect that makes no sense at its moment."""
        allowed = _MOMENTS.get(type(self.effect))
        if allowed is not None and self.moment not in allowed:
            raise ValueError(f"{self.effect.name} cannot strike at {self.moment}")

    def strikes(self, occurrence: int, draw: float) -> bool:
        """Decide for one occurrence; `draw` is a random number in 0 ≤ draw < 1."""
        if not (self.at or self.every or self.rate):
            return True
        return (
            occurrence in self.at
            or (self.every > 0 and occurrence % self.every == 0)
            or (self.rate > 0 and draw < self.rate)
        )


class FaultPlan:
    """Faults with their counters.

    Args:
        faults: what may strike; more than one may at the same moment, in this order.
        seed: decides the draws of faults with a rate.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self.replace(faults, seed=seed)

    def replace(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        """Forget everything and start with these."""
        self._faults = tuple(faults)
        self._random = random.Random(seed)  # noqa: S311 - a fault must come again with the same seed
        self._occurrences: Counter[int] = Counter()
        self.strikes: Counter[int] = Counter()  # by position in the list of faults

    def due(self, moment: Moment, command: str) -> list[Effect]:
        """The effects that strike now; counts the occurrence."""
        return [
            fault.effect
            for position, fault in enumerate(self._faults)
            if fault.moment is moment and command.startswith(fault.command) and self._strikes(position, fault)
        ]

    def _strikes(self, position: int, fault: Fault) -> bool:
        self._occurrences[position] += 1
        struck = fault.strikes(self._occurrences[position], self._random.random())
        if not struck or (fault.limit is not None and self.strikes[position] >= fault.limit):
            return False
        self.strikes[position] += 1
        return True


def fault_from_dict(values: Mapping[str, Any]) -> Fault:
    """Read a fault from one flat JSON object.

    ``{"moment": "answer", "effect": "silence", "seconds": 5, "command": "+CMGS", "every": 20}``: the keys of
    `Fault`, with those of the effect beside them. ``data`` is text, one character per byte.

    Raises:
        ValueError: an unknown moment, effect or key, or one of the wrong type.
    """
    rest = dict(values)
    try:
        moment = Moment(rest.pop("moment"))
        effect_class = _EFFECTS[rest.pop("effect")]
        effect_keys = effect_class.__dataclass_fields__.keys()
        effect = effect_class(
            **{key: _effect_value(key, rest.pop(key)) for key in list(rest) if key in effect_keys}
        )
        rest["at"] = tuple(rest.get("at", ()))
        return Fault(moment=moment, effect=effect, **rest)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a fault: {error}") from error


def _effect_value(key: str, value: Any) -> Any:
    return value.encode("latin-1") if key == "data" else value


# --- the common ones, by name -----------------------------------------------------------------------------


def prompt_lost(**when: Any) -> Fault:
    """The prompt never comes; the modem waits for the body all the same."""
    return Fault(moment=Moment.PROMPT, effect=Lose(), **when)


def prompt_form(prompt: bytes, **when: Any) -> Fault:
    r"""Another prompt, for example ``\r\n>`` or ``\r\n>\r\n`` (SIM7670G)."""
    return Fault(moment=Moment.PROMPT, effect=Replace(data=prompt), **when)


def prompt_then_ok(**when: Any) -> tuple[Fault, Fault]:
    """Prompt and OK at once, and nothing after the message went out (MC7455 while its GPS runs)."""
    return (
        prompt_form(b"\r\n> \r\nOK\r\n", **when),
        Fault(moment=Moment.ANSWER, effect=Lose(), command="+CMGS", **when),
    )


def final_lost(command: str = "+CMGS", **when: Any) -> Fault:
    """The command is executed, its answer is lost."""
    return Fault(moment=Moment.ANSWER, effect=Lose(), command=command, **when)


def submit_error(code: int = 500, *, sent: bool = False, **when: Any) -> Fault:
    """+CMS ERROR after Ctrl-Z; with `sent` the message went out."""
    return Fault(moment=Moment.SUBMIT, effect=Fail(final=f"+CMS ERROR: {code}", sent=sent), **when)


def deaf_at_submit(seconds: float, *, sent: bool, **when: Any) -> Fault:
    """Deaf and silent from Ctrl-Z on."""
    return Fault(moment=Moment.SUBMIT, effect=Silence(seconds=seconds, sent=sent), **when)


def garbage_in_answer(
    data: bytes = b"\xff\x00\x8a", *, offset: int = 2, command: str = "", **when: Any
) -> Fault:
    """Bytes that belong to nothing, in the middle of an answer."""
    return Fault(moment=Moment.ANSWER, effect=Inject(data=data, offset=offset), command=command, **when)


def urc_in_answer(line: str, *, offset: int = 0, command: str = "", **when: Any) -> Fault:
    """An unsolicited line in the middle of an answer."""
    data = f"\r\n{line}\r\n".encode("latin-1")
    return Fault(moment=Moment.ANSWER, effect=Inject(data=data, offset=offset), command=command, **when)


def announcement_lost(command: str = "+CMTI", **when: Any) -> Fault:
    """The message is stored, but nothing tells so."""
    return Fault(moment=Moment.ANNOUNCE, effect=Lose(), command=command, **when)
