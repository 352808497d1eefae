"""Where requesters are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .json_fields import Fields

if TYPE_CHECKING:
    from .topics import Topics

_MAX_TOPIC = 1024  # characters; what may be a topic is checked anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Where and how a requester is answered."""

    topic: str
    request_id: str | None = None
    correlation: bytes | None = None
    on_success: bool = True  # False: the requester named no topic, so only a refusal is worth a message
    result_id: str | None = None  # of a send: ``out/send/<result_id>`` tells what becomes of it


@dataclass(slots=True, kw_only=True)
class Asker:
    """Who asks: gathered while a payload is read, so that also a refusal finds its way."""

    client: str = ""
    request_id: str | None = None
    result_id: str | None = None
    reply_to: str | None = None
    wants_answer: bool = False  # also to a success, and without naming a topic

    def fields(self, data: dict[str, Any]) -> Fields:
        """The fields of a JSON object, ``reply_to`` taken out."""
        fields = Fields(data)
        self.reply_to = fields.text("reply_to", _MAX_TOPIC)
        return fields

    def reply(self, topics: Topics, response_topic: str | None, correlation: bytes | None) -> Reply:
        """On the MQTT 5 response topic, else on ``reply_to``; a topic that is not for answers is ignored."""
        wishes = [wish for wish in (response_topic, self.reply_to) if wish is not None]
        topic = next((wish for wish in wishes if topics.may_answer_on(wish)), None)
        return Reply(
            topic=topic or topics.response(self.client),
            request_id=self.request_id,
            correlation=correlation,
            on_success=topic is not None or self.wants_answer,
            result_id=self.result_id,
        )
