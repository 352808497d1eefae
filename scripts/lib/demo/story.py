"""The story of one alarm: raised on MQTT, told by SMS, acknowledged by a reply, cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .stage import PERSON, TOPIC_ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .mqtt import Seen
    from .phone import Sms
    from .stage import Stage
    from .telling import Telling

ALARM_TOPIC = "in/alarm/pump/water"
RAISE = {
    "v": 1,
    "event": "raise",
    "severity": "high",
    "title": "Water in the cellar",
    "text": (
        "Pump 2 does not start. The water stands at 12 cm, 3 cm more than at 06:40. "
        "The breaker is in, the float is up. The caretaker has the key."
    ),
}
CLEAR = {"v": 1, "event": "clear", "text": "Pump 2 runs, the cellar is dry."}

SMS_TIMEOUT = 45.0  # seconds from the publish to the SMS on the phone; usually 2, one of them the network's
STATE_TIMEOUT = 20.0  # seconds from an SMS or a publish to the new state on MQTT and in Home Assistant


class Story:
    """One alarm; each step raises `DemoError` if it does not happen in time."""

    def __init__(self, stage: Stage, tell: Telling) -> None:
        self._stage = stage
        self._tell = tell
        self._alarm_id = ""

    async def play(self, choose_reply: Callable[[str], Awaitable[str]]) -> None:
        """From the raise to the all-clear; `choose_reply` turns the expected reply into the one to send."""
        await self._tidy_up()
        await self._stage.phone.switch_on()
        self._tell.act("The story of one alarm")
        code = await self._raise()
        await self._acknowledge(await choose_reply(f"OK {code}"))
        await self._clear()

    async def publish(self, payload: dict[str, Any]) -> None:
        """Say something as the pump."""
        self._tell.step("MQTT", f"{TOPIC_ROOT}/{ALARM_TOPIC}\n{payload['event']}: {payload['text']}")
        await self._stage.mqtt.publish(ALARM_TOPIC, payload)

    def show_sms(self, sms: Sms) -> None:
        """Print what the phone received."""
        size = "1 segment" if sms.segments == 1 else f"{sms.segments} segments"
        self._tell.step(
            "phone", f"{PERSON} receives an SMS, {len(sms.text)} characters in {size}:\n{sms.text}"
        )

    async def _tidy_up(self) -> None:
        """End what an earlier demo left open, for it would disturb this story."""

        def is_summary(seen: Seen) -> bool:
            return seen.topic == f"{TOPIC_ROOT}/out/summary"

        def is_quiet(seen: Seen) -> bool:
            return is_summary(seen) and seen.json().get("open") == seen.json().get("queue") == 0

        summary = await self._stage.mqtt.wait_for(is_summary, STATE_TIMEOUT, "the summary")
        if not is_quiet(summary):
            self._tell.fact("ending the alarm of an earlier demo")
            await self._stage.mqtt.publish(ALARM_TOPIC, CLEAR)
            await self._stage.mqtt.wait_for(is_quiet, SMS_TIMEOUT, "a summary without open alarms")

    async def _raise(self) -> str:
        await self.publish(RAISE)
        self.show_sms(await self._stage.phone.receive(SMS_TIMEOUT, "the alarm"))
        alarm = await self._show_alarm("raised")
        self._alarm_id = alarm["id"]
        await self._show_home_assistant("on", unacknowledged=1)
        return str(alarm["code"])

    async def _acknowledge(self, reply: str) -> None:
        self._tell.step("phone", f"{PERSON} answers: {reply}")
        await self._stage.phone.send(reply)
        await self._show_alarm("acked")
        self.show_sms(await self._stage.phone.receive(SMS_TIMEOUT, "the confirmation"))
        await self._show_home_assistant("on", unacknowledged=0)

    async def _clear(self) -> None:
        await self.publish(CLEAR)
        self.show_sms(await self._stage.phone.receive(SMS_TIMEOUT, "the all-clear"))
        await self._show_alarm("closed")
        await self._show_home_assistant("off", unacknowledged=0)

    async def _show_alarm(self, state: str) -> dict[str, Any]:
        def fits(seen: Seen) -> bool:
            of_this_alarm = seen.topic.startswith(f"{TOPIC_ROOT}/out/alarm/{self._alarm_id}")
            return of_this_alarm and seen.topic.endswith("/state") and seen.json().get("state") == state

        seen = await self._stage.mqtt.wait_for(fits, STATE_TIMEOUT, f"the alarm as {state}")
        alarm = seen.json()
        self._tell.step("MQTT", f"{seen.topic}\nalarm {alarm['code']} is {state}")
        return alarm

    async def _show_home_assistant(self, expected: str, *, unacknowledged: int) -> None:
        def fits(state: dict[str, Any]) -> bool:
            is_summary = (
                state["entity_id"].startswith("binary_sensor.") and "unacknowledged" in state["attributes"]
            )
            counts = (state["state"], state["attributes"].get("unacknowledged"))
            return is_summary and counts == (expected, unacknowledged)

        state = await self._stage.home_assistant.wait_for_state("alert_gateway", fits, STATE_TIMEOUT)
        counts = f"{state['attributes']['open']} open, {unacknowledged} not acknowledged"
        self._tell.step("Home Assistant", f"{state['entity_id']} is {expected}: {counts}")
