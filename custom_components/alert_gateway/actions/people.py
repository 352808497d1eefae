"""test_person: the whole way to one person, tried now."""

from typing import TYPE_CHECKING

import probatio as vol

from custom_components.alert_gateway.recipients import resolve_recipient

from .action import Action
from .fields import ATTR_PERSON, name_or_number

if TYPE_CHECKING:
    from homeassistant.core import ServiceResponse

    from .action import Errand

TEST_SCHEMA = vol.Schema({vol.Required(ATTR_PERSON): name_or_number})


async def _test_person(errand: Errand) -> ServiceResponse:
    """Begin a test by each channel of the person."""
    person = resolve_recipient(errand.hass, errand.engine.people, errand.data[ATTR_PERSON])
    begun = await errand.engine.rehearsing.test_person(person)
    return {
        "person": person,
        "name": errand.lens.who(person),
        "tests": [{"message_id": each.message_uid, "channel": each.channel} for each in begun],
    }


ACTIONS = (Action(name="test_person", run=_test_person, schema=TEST_SCHEMA),)
