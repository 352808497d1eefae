"""Who is on call at a moment, without asking the journal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.schedule import on_call

from .host import DATA_HOST

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Whose turn it is in one schedule."""

    schedule: str  # its id
    name: str  # of the schedule
    person: str | None  # id; None: nobody's
    person_name: str | None
    until: datetime | None  # None: without end


def on_duty(hass: HomeAssistant, now: datetime) -> tuple[OnDuty, ...]:
    """Return it for each schedule; nothing before the engine was started once."""
    settings = hass.data[DATA_HOST].settings
    if settings is None:
        return ()
    names = {person.id: person.name for person in settings.engine.people}
    found = []
    for schedule in settings.engine.on_calls:
        duty = on_call(schedule, now, settings.engine.time_zone)
        found.append(
            OnDuty(
                schedule=schedule.id,
                name=schedule.name,
                person=duty.person,
                person_name=None if duty.person is None else names.get(duty.person),
                until=duty.until,
            )
        )
    return tuple(found)
