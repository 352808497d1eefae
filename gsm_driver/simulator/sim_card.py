"""The SIM: PIN, PUK and their counters (3GPP TS 27.007 clause 8.3, TS 31.101 clause 9.5)."""

from __future__ import annotations

from enum import StrEnum

PIN_TRIES = 3  # TS 31.101 clause 9.5.1
PUK_TRIES = 10


class SimState(StrEnum):
    """<code> of +CPIN, and two states without one."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    ABSENT = "absent"
    DEAD = "dead"  # ten wrong PUKs


class SimCard:
    """One card.

    Args:
        pin: None for a card without PIN request.
        puk: unblocks it.
        imsi: International Mobile Subscriber Identity.
        iccid: number of the card.
        number: MSISDN stored on the card; empty if it has none.
        service_centre: SMSC address, with "+" if international; empty if the card has none.
        present: False for an empty holder.
    """

    def __init__(
        self,
        *,
        pin: str | None = None,
        puk: str = "12345678",
        imsi: str = "232010000000001",
        iccid: str = "8943010000000000017",
        number: str = "",
        service_centre: str = "+43664000501",
        present: bool = True,
    ) -> None:
        self.imsi = imsi
        self.iccid = iccid
        self.number = number
        self.service_centre = service_centre
        self.present = present
        self.pin_tries = PIN_TRIES
        self.puk_tries = PUK_TRIES
        self._pin = pin
        self._puk = puk
        self._unlocked = pin is None

    @property
    def state(self) -> SimState:
        """What +CPIN? would say."""
        if not self.present:
            return SimState.ABSENT
        if self.puk_tries == 0:
            return SimState.DEAD
        if self.pin_tries == 0:
            return SimState.PUK
        return SimState.READY if self._unlocked else SimState.PIN

    @property
    def has_pin_request(self) -> bool:
        """The card asks for a PIN after power-up (+CLCK "SC")."""
        return self._pin is not None

    def power_up(self) -> None:
        """The modem was switched on: the PIN is asked again."""
        self._unlocked = self._pin is None

    def enter_pin(self, pin: str) -> bool:
        """Try a PIN in state PIN; False counts a try."""
        if pin != self._pin:
            self.pin_tries -= 1
            return False
        self.pin_tries = PIN_TRIES
        self._unlocked = True
        return True

    def enter_puk(self, puk: str, new_pin: str) -> bool:
        """Try a PUK in state PUK; False counts a try."""
        if puk != self._puk:
            self.puk_tries -= 1
            return False
        self._pin = new_pin
        self.pin_tries = PIN_TRIES
        self.puk_tries = PUK_TRIES
        self._unlocked = True
        return True
