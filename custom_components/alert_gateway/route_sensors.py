"""Figures of a way out: what a modem measures, how the way stands, what went through it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, SIGNAL_STRENGTH_DECIBELS_MILLIWATT, EntityCategory

from alert_engine.routes.base import ProofLevel, RouteState
from gsm_driver import RegistrationStatus

from .entity import FiguresEntity, RouteEntity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from alert_engine.supervision.figures import RouteFigures

    from .coordinator import RouteReport
    from .entries import RouteRuntime

type Facts = Mapping[str, str | int | None]

# Of 3GPP TS 27.007 clause 8.5: what +CSQ calls 0 and 31.
_WEAKEST, _STRONGEST = -113, -51  # dBm

# As `gsm_driver` names what serves; several of them are one thing to people.
TECHNOLOGIES: Mapping[str, str] = {
    "GSM": "gsm",
    "GSM Compact": "gsm",
    "EC-GSM-IoT": "gsm",
    "UTRAN": "umts",
    "E-UTRAN": "lte",
    "E-UTRA": "lte",
    "E-UTRAN NB-S1": "nb_iot",
    "NR": "nr",
    "NG-RAN": "nr",
    "E-UTRA-NR": "nr",
}


REGISTRATIONS = tuple(
    status.value for status in RegistrationStatus if status is not RegistrationStatus.UNKNOWN
)


@dataclass(frozen=True, kw_only=True)
class ModemSensorDescription(SensorEntityDescription):
    """A fact that the modem's route tells with its health."""

    value: Callable[[Facts], str | int | None]


@dataclass(frozen=True, kw_only=True)
class FiguresSensorDescription(SensorEntityDescription):
    """Something that the journal knows."""

    value: Callable[[RouteReport], str | int | datetime | None]


def _percent_of_signal(facts: Facts) -> int | None:
    dbm = facts.get("signal_dbm")
    if not isinstance(dbm, int):
        return None
    return min(max(round(100 * (dbm - _WEAKEST) / (_STRONGEST - _WEAKEST)), 0), 100)


def _percent_of_storage(facts: Facts) -> int | None:
    told = facts.get("storage")
    if not isinstance(told, str):
        return None
    used, _, total = told.rpartition(" ")[2].partition("/")
    if not used.isdecimal() or not total.isdecimal() or not int(total):
        return None
    return round(100 * int(used) / int(total))


def _technology(facts: Facts) -> str | None:
    return TECHNOLOGIES.get(str(facts.get("technology")))


def _registration(facts: Facts) -> str | None:
    """What the modem does not know is what Home Assistant calls unknown."""
    told = str(facts.get("registration"))
    return told if told in REGISTRATIONS else None


def _proof(report: RouteReport) -> str | None:
    proof = None if report.figures is None else report.figures.proof
    return None if proof is None else proof.name.lower()


MODEM_SENSORS = (
    ModemSensorDescription(
        key="operator",
        translation_key="operator",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda facts: facts.get("operator"),
    ),
    ModemSensorDescription(
        key="signal_percent",
        translation_key="signal_percent",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_percent_of_signal,
    ),
    ModemSensorDescription(
        key="signal",
        translation_key="signal",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda facts: facts.get("signal_dbm"),
    ),
    ModemSensorDescription(
        key="registration",
        translation_key="registration",
        device_class=SensorDeviceClass.ENUM,
        options=list(REGISTRATIONS),
        entity_category=EntityCategory.DIAGNOSTIC,
        value=_registration,
    ),
    ModemSensorDescription(
        key="technology",
        translation_key="technology",
        device_class=SensorDeviceClass.ENUM,
        options=list(dict.fromkeys(TECHNOLOGIES.values())),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_technology,
    ),
    ModemSensorDescription(
        key="storage",
        translation_key="storage",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_percent_of_storage,
    ),
)
STATE_SENSOR = SensorEntityDescription(
    key="state",
    translation_key="route_state",
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in RouteState if state is not RouteState.UNKNOWN],
    entity_category=EntityCategory.DIAGNOSTIC,
)
FIGURES_SENSORS = (
    FiguresSensorDescription(
        key="queue",
        translation_key="queue",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda report: report.traffic.waiting,
    ),
    FiguresSensorDescription(
        key="last_delivery",
        translation_key="last_delivery",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda report: report.traffic.last_delivery,
    ),
    FiguresSensorDescription(
        key="proof",
        translation_key="proof",
        device_class=SensorDeviceClass.ENUM,
        options=[level.name.lower() for level in ProofLevel],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_proof,
    ),
    FiguresSensorDescription(
        key="budget_left",
        translation_key="budget_left",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda report: None if report.figures is None else report.figures.budget_left,
    ),
)
CREDIT_SENSOR = SensorEntityDescription(
    key="credit",
    translation_key="credit",
    entity_category=EntityCategory.DIAGNOSTIC,
    suggested_display_precision=2,
)


class ModemSensor(RouteEntity, SensorEntity):
    """Shows a fact of the modem while it answers, without a network too: that is when somebody looks."""

    entity_description: ModemSensorDescription

    @property
    @override
    def available(self) -> bool:
        """What was true before the modem went away is not shown as true now."""
        return bool(self.health.facts)

    @property
    @override
    def native_value(self) -> str | int | None:
        """The fact; unknown where the modem does not tell it."""
        return self.entity_description.value(dict(self.health.facts))


class StateSensor(RouteEntity, SensorEntity):
    """Shows how the way out stands: by its own word, and by what the supervision found."""

    def __init__(self, runtime: RouteRuntime, description: SensorEntityDescription) -> None:
        super().__init__(runtime, description)
        self._figures = runtime.figures

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of both."""
        await super().async_added_to_hass()
        self.async_on_remove(self._figures.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> str | None:
        """Unknown until it was looked at. What people are told has failed, has."""
        figures = self._figures.data.figures if self._figures.last_update_success else None
        if figures is not None and figures.is_fault:
            return RouteState.FAILED.value
        state = self.health.state
        return None if state is RouteState.UNKNOWN else state.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        """What is wrong and what to do about it, in words."""
        figures = self._figures.data.figures if self._figures.last_update_success else None
        reason = self.health.reason or ("" if figures is None else figures.reason)
        return {"reason": reason}


class FiguresSensor(FiguresEntity, SensorEntity):
    """Shows something that the journal knows."""

    entity_description: FiguresSensorDescription

    @property
    @override
    def native_value(self) -> str | int | datetime | None:
        """The figure; unknown where there is none yet."""
        return self.entity_description.value(self.coordinator.data)


class CreditSensor(FiguresEntity, SensorEntity):
    """Shows what is left to pay with. It is money where the other side says which."""

    def __init__(
        self, runtime: RouteRuntime, description: SensorEntityDescription, *, is_shown: bool
    ) -> None:
        super().__init__(runtime, description)
        self._attr_entity_registry_enabled_default = is_shown

    @property
    def _figures(self) -> RouteFigures | None:
        """None before the first look. Home Assistant asks for unit and class of what is unavailable, too."""
        report: RouteReport | None = self.coordinator.data
        return None if report is None else report.figures

    @property
    @override
    def native_value(self) -> Decimal | None:
        """The amount; unknown until the other side said it."""
        figures = self._figures
        return None if figures is None else figures.credit

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """The currency, as the other side writes it."""
        figures = self._figures
        return (figures.currency or None) if figures is not None else None

    @property
    @override
    def device_class(self) -> SensorDeviceClass | None:
        """Money has a currency of three letters."""
        unit = self.native_unit_of_measurement or ""
        is_money = len(unit) == 3 and unit.isalpha() and unit.isupper()
        return SensorDeviceClass.MONETARY if is_money else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """When it was asked."""
        figures = self._figures
        return {"asked_at": None if figures is None else figures.credit_at}
