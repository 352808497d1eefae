"""Texts that are no command, answered by Assist."""

import asyncio
import sys
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from alert_engine.routes.base import InboundSms
from alert_engine.texts import segments_of
from custom_components.alert_gateway.assist import PER_HOUR
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, BEN, ROUTE, hub_of, modem_of, set_up
from tests.component.waiting import PATIENCE, until, until_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import Context, HomeAssistant

    from gsm_driver.simulator import Simulator

STRANGER = "+436809999999"
INBOUND = "event.simulator_3809_inbound_message"


class Agent:
    """Home Assistant's conversation, as far as it is called: it needs packages that tests do without."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, Context, dict[str, Any]]] = []
        self.answer: Callable[[str], str | None] = lambda text: f"You said: {text}"

    async def converse(
        self, hass: HomeAssistant, text: str, conversation_id: str | None, context: Context, **more: Any
    ) -> Any:
        """Answer, in the conversation of before."""
        self.asked.append((text, conversation_id, context, more))
        speech = {"plain": {"speech": self.answer(text)}}
        response = SimpleNamespace(speech=speech)
        return SimpleNamespace(response=response, conversation_id=conversation_id or f"c{len(self.asked)}")


@pytest.fixture
def agent(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """What answers."""
    agent = Agent()
    module = ModuleType("homeassistant.components.conversation")
    module.async_converse = agent.converse  # type: ignore[attr-defined]  # a module is made of attributes
    monkeypatch.setitem(sys.modules, module.__name__, module)
    hass.config.components.add("conversation")
    return agent


@pytest.fixture
async def user(hass: HomeAssistant) -> MockUser:
    """Anna as a user."""
    return MockUser(name="Anna").add_to_hass(hass)


@pytest.fixture
async def hub(hass: HomeAssistant, simulator: Simulator, user: MockUser) -> MockConfigEntry:
    """Anna may ask; Ben may not."""
    hub = hub_of({**ANNA, "language": "it", "home_assistant": {"user": user.id}}, BEN)
    await set_up(hass, hub)
    anna = next(key.lower() for key, person in hub.subentries.items() if person.title == "Anna")
    options = {**hub.options, "assist": True, "assist_people": [anna], "assist_agent": "conversation.ours"}
    hass.config_entries.async_update_entry(hub, options=options)
    await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    return hub


async def texts_to_anna(simulator: Simulator, text: str, holds: Callable[[list[str]], bool]) -> list[str]:
    """What Anna has read, once that holds for it."""
    network = simulator.network
    phone = network.add_phone(ANNA["phone"])
    network.deliver_sms(ANNA["phone"], text)
    await until(lambda: holds(phone.texts), network.listen)
    return list(phone.texts)


@pytest.mark.usefixtures("hub")
async def test_a_question_is_answered_in_its_conversation(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, user: MockUser
) -> None:
    await texts_to_anna(simulator, "Is the door shut?", lambda texts: "You said: Is the door shut?" in texts)
    told = await texts_to_anna(
        simulator, "And the window?", lambda texts: "You said: And the window?" in texts
    )
    assert told == ["You said: Is the door shut?", "You said: And the window?"], "no help comes as well"

    (_, first, context, more), (_, second, _, _) = agent.asked
    assert (first, second) == (None, "c1")
    assert context.user_id == user.id
    assert more["language"] == "it"
    assert more["agent_id"] == "conversation.ours"


async def heard(hass: HomeAssistant, simulator: Simulator, sender: str, text: str) -> None:
    """A text came in, and everybody who wanted to has heard of it."""
    simulator.network.deliver_sms(sender, text)
    await until_state(hass, INBOUND, lambda state: state.attributes.get("text") == text)
    await hass.async_block_till_done()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("sender", "text"),
    [(STRANGER, "Open the door"), (BEN["phone"], "Open the door"), (ANNA["phone"], "STATUS")],
)
async def test_what_is_not_for_assist(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, sender: str, text: str
) -> None:
    await heard(hass, simulator, sender, text)
    assert agent.asked == []


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("text", ["STOP", "SNOOZE 1 2 3"])
async def test_what_the_engine_understands_is_not_asked(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, text: str
) -> None:
    await heard(hass, simulator, ANNA["phone"], text)
    assert agent.asked == []


@pytest.mark.parametrize("change", [{"assist": False}, {"assist_people": []}])
async def test_it_is_off_until_somebody_is_named(
    hass: HomeAssistant,
    simulator: Simulator,
    agent: Agent,
    hub: MockConfigEntry,
    change: dict[str, Any],
) -> None:
    hass.config_entries.async_update_entry(hub, options={**hub.options, **change})
    await heard(hass, simulator, ANNA["phone"], "Anybody there?")
    assert agent.asked == []


@pytest.mark.usefixtures("hub")
async def test_a_long_answer_is_cut(hass: HomeAssistant, simulator: Simulator, agent: Agent) -> None:
    agent.answer = lambda _text: "Once upon a time\n" * 100
    texts = await texts_to_anna(
        simulator, "Tell me a story", lambda texts: any("Once" in each for each in texts)
    )
    story = next(each for each in texts if "Once" in each)
    assert story.endswith("...")
    assert segments_of(story, plain=False) == 3
    assert "\n" not in story


@pytest.mark.usefixtures("hub")
async def test_two_machines_stop(hass: HomeAssistant, simulator: Simulator, agent: Agent) -> None:
    for number in range(PER_HOUR + 3):
        await heard(hass, simulator, ANNA["phone"], f"Question {number}")
    assert len(agent.asked) == PER_HOUR
    sent = await hass.data[DATA_HOST].engine.messages()
    assert sum("troppe domande" in message.text for message in sent) == 1


@pytest.mark.usefixtures("hub")
async def test_an_agent_that_fails_is_logged(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_text: str) -> str:
        raise HomeAssistantError("no model")

    agent.answer = fail
    await heard(hass, simulator, ANNA["phone"], "Anybody there?")
    assert "Assist did not answer a text: no model" in caplog.text
    assert "Anybody there?" not in caplog.text


SILENT = "Assist non ha risposto. Riprova più tardi."


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("how", ["error", "bug", "nothing"])
async def test_whoever_asked_hears_that_there_is_no_answer(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    def fail(text: str) -> str | None:
        if how == "nothing":
            return None
        raise HomeAssistantError("no model") if how == "error" else KeyError(text)

    agent.answer = fail
    assert await texts_to_anna(simulator, "Anybody there?", bool) == [SILENT]
    assert "Anybody there?" not in caplog.text


@pytest.mark.usefixtures("hub")
async def test_a_text_that_lay_about_for_days_is_not_for_assist(hass: HomeAssistant, agent: Agent) -> None:
    """A modem that was away brings what its SIM kept; a command of then is none any more either."""
    engine, now = hass.data[DATA_HOST].engine, dt_util.utcnow()
    for text, age in (("GATE ON", timedelta(days=2)), ("And now?", timedelta(hours=1))):
        message = InboundSms(
            sender=ANNA["phone"],
            sender_can_be_answered=True,
            text=text,
            received_at=now,
            service_centre_time=now - age,
            is_text=True,
        )
        await engine.inbound(ROUTE, message)
    await hass.async_block_till_done()
    assert [asked[0] for asked in agent.asked] == ["And now?"]


@pytest.mark.usefixtures("hub")
async def test_a_question_under_way_does_not_keep_home_assistant_from_stopping(
    hass: HomeAssistant, simulator: Simulator, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def think(*_: Any, **__: Any) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(sys.modules["homeassistant.components.conversation"], "async_converse", think)
    simulator.network.deliver_sms(ANNA["phone"], "What is the meaning of life?")
    async with asyncio.timeout(PATIENCE):
        await asked.wait()
        await hass.async_stop(force=True)
        await ended.wait()


@pytest.mark.usefixtures("hub")
async def test_without_assist_in_home_assistant(hass: HomeAssistant, simulator: Simulator) -> None:
    await heard(hass, simulator, ANNA["phone"], "Anybody there?")
    sent = await hass.data[DATA_HOST].engine.messages()
    assert all("Anybody" not in message.text for message in sent)
