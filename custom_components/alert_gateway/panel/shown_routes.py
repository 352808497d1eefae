"""Routes as the page gets them."""

from typing import TYPE_CHECKING, Any

from custom_components.alert_gateway.const import CONF_ROUTE, DOMAIN

from .shown import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from alert_engine.model import RouteError, RouteTraffic, SignalPoint
    from alert_engine.routes.base import RouteHealth
    from alert_engine.supervision.figures import RouteFigures
    from custom_components.alert_gateway.viewer import Lens

    from .command import Desk

# Of what a modem tells: nothing that names its SIM.
_FACTS = ("operator", "signal_dbm", "registration", "model", "storage")


def shown_standings(desk: Desk) -> list[dict[str, Any]]:
    """Return how each route stands, in the order in which they are preferred."""
    titles, figures = titles_of(desk.hass), desk.engine.supervision().routes
    return [
        {
            "name": name,
            "title": desk.lens.text(titles.get(health.companion_of or name, name)),
            **_shown_standing(health, figures.get(name), desk.lens),
        }
        for name, health in desk.engine.routes().items()
    ]


def titles_of(hass: HomeAssistant) -> Mapping[str, str]:
    """Return the titles of the entries that bring routes, by route."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return {entry.data[CONF_ROUTE]: entry.title for entry in entries if CONF_ROUTE in entry.data}


def _shown_standing(health: RouteHealth, figures: RouteFigures | None, lens: Lens) -> dict[str, Any]:
    facts = dict(health.facts)
    return {
        "state": health.state if figures is None else figures.state,
        "reason": lens.text(health.reason or ("" if figures is None else figures.reason)),
        "proof": health.proof if figures is None else figures.proof,
        "companion_of": health.companion_of,
        "facts": {name: facts[name] for name in _FACTS if facts.get(name) is not None},
        **({} if figures is None else _shown_figures(figures)),
    }


def _shown_figures(figures: RouteFigures) -> dict[str, Any]:
    return {
        **fields(figures, "is_fault", "last_proof", "loopback_due", "currency", "credit_at", "budget_left"),
        "credit": None if figures.credit is None else str(figures.credit),
    }


def shown_traffic(traffic: RouteTraffic, lens: Lens) -> dict[str, Any]:
    """Return what went through a route in 24 h, and what waits for it."""
    error = traffic.last_error
    return {
        **fields(traffic, "left", "accepted", "failed", "received", "waiting", "last_delivery"),
        "last_error": None if error is None else _shown_error(error, lens),
    }


def _shown_error(error: RouteError, lens: Lens) -> dict[str, Any]:
    words = {"code": lens.text(error.code), "reason": lens.text(error.reason)}
    return {**fields(error, "at", "error_class"), **words}


def shown_signal(points: tuple[SignalPoint, ...]) -> list[dict[str, Any]]:
    """Return the signal over 24 h."""
    return [fields(point, "at", "dbm") for point in points]
