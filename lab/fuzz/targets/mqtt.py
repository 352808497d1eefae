"""What others publish: topics, payloads, and the properties of MQTT 5."""

from __future__ import annotations

from alert_engine.intake.payloads import Delivery, Refusal, Request, read_delivery
from alert_engine.intake.topics import Topics
from lab.fuzz.asks import NOW, check_ask
from lab.fuzz.target import Target

_TOPICS = Topics("alert_gateway", "home")
_RETAINED, _ANSWERED, _WHOLE_TOPIC = 1, 2, 4  # bits of the first octet
_SHOWN = 400  # characters of a refusal


def one(data: bytes) -> None:
    """An octet of flags, the topic below our root, if asked for a response topic, and the payload."""
    if not data:
        return
    flags = data[0]
    topic, _, rest = data[1:].partition(b"\n")
    response, payload = b"", rest
    if flags & _ANSWERED:
        response, _, payload = rest.partition(b"\n")
    root = "" if flags & _WHOLE_TOPIC else f"{_TOPICS.root}/in/"
    delivery = Delivery(
        topic=root + topic.decode("utf-8", "replace"),
        payload=payload,
        size=len(payload),
        retained=bool(flags & _RETAINED),
        response_topic=response.decode("utf-8", "replace") if flags & _ANSWERED else None,
        correlation=response[:8] or None,
    )
    _judge(read_delivery(delivery, _TOPICS, now=NOW))


def _judge(found: Request | Refusal) -> None:
    repr(found)
    if isinstance(found, Request):
        check_ask(found.ask)
    else:
        assert len(found.text) <= _SHOWN, "a refusal repeats what was sent"
    if found.reply is not None:
        topic = found.reply.topic
        assert topic.startswith(f"{_TOPICS.root}/out/response/"), "an answer goes where no answers go"
        assert "+" not in topic, "a topic with a wildcard"
        assert "#" not in topic, "a topic with a wildcard"


TARGET = Target(
    one=one,
    max_length=600,
    words=(
        *(
            b"alarm/plc/tank\n",
            b"state/plc/tank\n",
            b"heartbeat/plc\n",
            b"send\n",
            b"cmd/ack\n",
            b"cmd/shelve\n",
        ),
        *(b"cmd/test\n", b"cmd/call\n", b"cmd/maintenance\n", b"alert_gateway/home/out/response/hmi\n"),
        *(b'{"v":1,', b'"event":"', b'"clear"', b'"ack"', b'"update"', b'"severity":"critical"', b'"ts":'),
        *(b'"key":"', b'"id":"', b'"request_id":"', b'"by":"', b'"code":"4711"', b'"alarm":"', b'"all":true'),
        *(b'"until":', b'"expires":', b'"to":["', b'"text":"', b'"follow_ups":[{', b'"media":{', b'"data":"'),
        *(b'"labels":{', b'"hold":', b'"ttl":', b'"reply_to":"', b'"2026-11-21T14:07:00Z"', b"ON", b"OFF"),
        *(b"\\ud800", b"1e999", b"NaN", b"\xed\xa0\x80"),
    ),
)
