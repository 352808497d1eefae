"""Mail as a route: over the wire to aiosmtpd, and to servers that misbehave."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    LimitedReporter,
    ProofLevel,
    Rejected,
    RouteHealth,
    RouteState,
    Unknown,
)
from alert_engine.routes.smtp import SmtpAccount, make_smtp_route
from tests import virtual_time
from tests.engine.brokers import allow_sockets, free_port
from tests.engine.providers.contract import NUMBER, TEXT, FixedClock, a_message
from tests.engine.routes.mail_house import (
    PASSWORD,
    USER,
    Trouble,
    make_certificate,
    post_office,
    scripted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.routes.base import Outcome, SegmentProgress
    from alert_engine.routes.handover import HandoverRoute

pytest.importorskip("aiosmtplib")

from alert_engine.routes.smtp.conversation import Conversation
from alert_engine.routes.smtp.handover import TOTAL_TIMEOUT

FROM = "alarm@example.org"
TO_ANNA = a_message(channel=Channel.EMAIL, address="anna@example.com")
TAKEN = Accepted(reference="<6f1d2c3b4a5968778695a4b3c2d1e0f0@example.org>", segments=1)


def a_route(port: int, **settings: Any) -> HandoverRoute:
    usual: dict[str, Any] = {"host": "127.0.0.1", "port": port, "sender": FROM, "security": "none"}
    return make_smtp_route("mail", SmtpAccount(**(usual | settings)), clock=FixedClock())


async def ignore(progress: SegmentProgress) -> None:
    pass


async def send(port: int, message: Any = TO_ANNA, **settings: Any) -> Outcome:
    return await a_route(port, **settings).send(message, ignore)


# --- a server that we did not write -------------------------------------------------------------------------


async def test_a_mail_arrives() -> None:
    async with post_office() as office:
        assert await send(office.port) == TAKEN
    (taken,) = office.taken
    assert (taken.sender, taken.recipients) == (FROM, ["anna@example.com"])
    assert taken.mail.get_content().strip() == TEXT


async def test_dots_arrive_as_they_are() -> None:
    text = ".\n..\n.hidden\nlast."
    message = a_message(channel=Channel.EMAIL, address="anna@example.com", text=text)
    async with post_office() as office:
        assert isinstance(await send(office.port, message), Accepted)
    assert office.taken[0].mail.get_content().splitlines() == text.splitlines()


async def test_an_sms_by_mail() -> None:
    async with post_office() as office:
        assert await send(office.port, a_message(text="Пожар " * 20), preset="websms_link") == Accepted(
            reference=TAKEN.reference, segments=2
        )
    assert office.taken[0].recipients == ["436641234567@email2sms-ucs.linkmobility.eu"]


GROUP = a_message(channel=Channel.EMAIL, address="feuerwehr@email2sms.websms.com")
SPRYNG = f"##Token:t0k3n\n##Message:{TEXT}\n##Recipients:436641234567\n##End"


@pytest.mark.parametrize(
    ("settings", "message", "recipient", "subject", "body"),
    [
        ({"preset": "websms"}, a_message(), "436641234567@email2sms.websms.com", None, TEXT),
        (
            {"preset": "websms"},
            a_message(channel=Channel.CALL),
            "436641234567@email2voice.websms.com",
            None,
            TEXT,
        ),
        ({"preset": "websms", "groups": True}, GROUP, "feuerwehr@email2sms.websms.com", None, TEXT),
        (
            {"preset": "websms", "subject_auth": "office@login"},
            a_message(),
            "436641234567@email2sms.websms.com",
            "SMSGW-Auth: office@login",
            TEXT,
        ),
        (
            {"preset": "websms"},
            a_message(text="Öl " * 300),
            "436641234567@email2sms.websms.com",
            None,
            ("Öl " * 300)[:597] + "...",
        ),
        (
            {"preset": "websms_link"},
            a_message(text="Пожар"),
            "436641234567@email2sms-ucs.linkmobility.eu",
            None,
            "Пожар",
        ),
        (
            {"preset": "websms_link"},
            a_message(channel=Channel.CALL),
            "436641234567@email2voice.linkmobility.eu",
            None,
            TEXT,
        ),
        ({"preset": "spryng", "token": "t0k3n"}, a_message(), "outbound@email2sms.spryng.nl", None, SPRYNG),
    ],
)
async def test_what_a_service_gets(
    settings: dict[str, Any], message: Any, recipient: str, subject: str | None, body: str
) -> None:
    """It knows its customer by the address of the sender, and its recipient by that of the mail."""
    async with post_office() as office:
        assert isinstance(await send(office.port, message, **settings), Accepted)
    (taken,) = office.taken
    assert (taken.sender, taken.recipients) == (FROM, [recipient])
    assert (taken.mail["From"], taken.mail["To"], taken.mail["Subject"]) == (FROM, recipient, subject)
    assert taken.mail.get_content_type() == "text/plain"
    assert taken.mail.get_content().splitlines() == body.splitlines()


async def test_starttls_and_a_login(tmp_path: Path) -> None:
    context, ca_file = make_certificate(tmp_path)
    settings = {"host": "localhost", "security": "starttls", "ca_file": ca_file}
    async with post_office(starttls=context, login=True) as office:
        right = await send(office.port, **settings, username=USER, password=PASSWORD)
        wrong = await send(office.port, **settings, username=USER, password="falsch")
        without = await send(office.port, **settings)
    assert right == TAKEN
    assert len(office.taken) == 1
    assert office.logins == [USER.encode()] * 2  # a wrong password is tried once
    assert isinstance(wrong, Rejected)
    assert (wrong.error_class, wrong.code[:8]) == (ErrorClass.ACCOUNT, "SMTP 535")
    assert isinstance(without, Rejected)
    assert (without.error_class, without.code[:8]) == (ErrorClass.ACCOUNT, "SMTP 530")


async def test_tls_from_the_first_octet(tmp_path: Path) -> None:
    context, ca_file = make_certificate(tmp_path)
    async with post_office(tls=context, login=True) as office:
        settings = {"host": "localhost", "security": "tls", "username": USER, "password": PASSWORD}
        assert await send(office.port, **settings, ca_file=ca_file) == TAKEN


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_strange_certificate_is_not_believed(tmp_path: Path, security: str) -> None:
    context, _ = make_certificate(tmp_path)
    given: dict[str, Any] = {security: context}
    async with post_office(**given) as office:
        outcome = await send(office.port, host="localhost", security=security)
    assert isinstance(outcome, Rejected)
    assert outcome.error_class is ErrorClass.DEVICE
    assert "certificate" in outcome.reason
    assert office.taken == []


async def test_the_certificate_must_be_of_the_host(tmp_path: Path) -> None:
    context, ca_file = make_certificate(tmp_path)
    async with post_office(tls=context) as office:
        outcome = await send(office.port, host="127.0.0.1", security="tls", ca_file=ca_file)
    assert isinstance(outcome, Rejected)
    assert "certificate" in outcome.reason


async def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing", encoding="ascii")
    for file in (str(empty), str(tmp_path / "missing.pem")):
        outcome = await send(1, security="tls", ca_file=file)
        assert isinstance(outcome, Rejected)
        assert (outcome.error_class, "ca_file" in outcome.reason) == (ErrorClass.ACCOUNT, True)


# --- servers that say no ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error_class", "code"),
    [
        ({"greeting": "421 4.3.2 busy"}, ErrorClass.TEMPORARY, "SMTP 421 4.3.2"),
        ({"greeting": "554 go away"}, ErrorClass.ACCOUNT, "SMTP 554"),
        ({"EHLO": "550 who?"}, ErrorClass.ACCOUNT, "SMTP 550"),
        ({"MAIL": "550 5.7.1 not yours"}, ErrorClass.ACCOUNT, "SMTP 550 5.7.1"),
        ({"RCPT": "450 4.2.0 greylisted"}, ErrorClass.TEMPORARY, "SMTP 450 4.2.0"),
        ({"RCPT": "550 5.1.1 <anna@example.com> unknown"}, ErrorClass.RECIPIENT, "SMTP 550 5.1.1"),
        ({"DATA": "451 4.3.0 later"}, ErrorClass.TEMPORARY, "SMTP 451 4.3.0"),
        ({"DATA": "250 what?"}, ErrorClass.ACCOUNT, ""),
        ({"dot": "452 4.3.1 disk full"}, ErrorClass.TEMPORARY, "SMTP 452 4.3.1"),
        ({"dot": "554 5.7.1 spam"}, ErrorClass.MESSAGE, "SMTP 554 5.7.1"),
        ({"dot": "552-5.3.4 too\r\n552 5.3.4 long"}, ErrorClass.MESSAGE, "SMTP 552 5.3.4"),
    ],
)
async def test_a_refusal(changes: dict[str, Any], error_class: ErrorClass, code: str) -> None:
    async with scripted(**changes) as server:
        outcome = await send(server.port)
    assert isinstance(outcome, Rejected)
    assert (outcome.error_class, outcome.code, outcome.certain) == (error_class, code, True)
    for private in ("anna", TEXT, NUMBER):
        assert private not in repr(outcome)


async def test_any_2yz_after_the_dot_is_a_yes() -> None:
    async with scripted(dot="251 fine") as server:
        assert await send(server.port) == TAKEN
    assert server.heard[-1] == "QUIT"


async def test_the_size_is_told_to_whoever_wants_it() -> None:
    async with scripted() as server, scripted(EHLO="250 here") as plain:
        await send(server.port)
        await send(plain.port)
    assert server.heard[0] == "EHLO example.org"
    assert server.heard[1].startswith(f"MAIL FROM:<{FROM}> SIZE=")
    assert plain.heard[1] == f"MAIL FROM:<{FROM}>"


async def test_no_starttls_no_mail() -> None:
    """Somebody in between may take the offer away: nothing goes on in clear."""
    async with scripted() as server:
        outcome = await send(server.port, security="starttls")
    assert isinstance(outcome, Rejected)
    assert (outcome.error_class, "STARTTLS" in outcome.reason) == (ErrorClass.ACCOUNT, True)
    assert server.heard == ["EHLO example.org"]


async def test_nothing_that_was_said_in_clear_is_believed_later(tmp_path: Path) -> None:
    """Somebody on the line puts an answer behind that to STARTTLS: it would stand for the server's own."""
    context, ca_file = make_certificate(tmp_path)
    forged = {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": "220 go on\r\n554 5.7.1 forged"}
    async with scripted(context, **forged) as server:
        way = {"host": "localhost", "security": "starttls", "ca_file": ca_file}
        assert await send(server.port, **way) == TAKEN
    assert len(server.mails) == 1


async def test_words_in_another_alphabet_are_no_trouble() -> None:
    async with scripted(greeting="220-M\xfcller\r\n220 gr\xfc\xdft", dot="250 h\xe9") as server:
        assert await send(server.port) == TAKEN


async def test_names_and_passwords_may_have_other_letters() -> None:
    async with scripted(EHLO="250-here\r\n250 AUTH PLAIN", AUTH="235 in") as server:
        assert await send(server.port, username="b\xfcro", password="p\xe4ss") == TAKEN
    login = base64.b64encode("\0b\xfcro\0p\xe4ss".encode()).decode()
    assert f"AUTH PLAIN {login}" in server.heard


@pytest.mark.parametrize(
    ("offered", "first"),
    [
        ("AUTH PLAIN LOGIN CRAM-MD5", "AUTH PLAIN "),
        ("AUTH LOGIN CRAM-MD5", "AUTH LOGIN "),
        ("AUTH CRAM-MD5", "AUTH CRAM-MD5"),
        ("AUTH XOAUTH2", None),
        ("SIZE", None),
    ],
)
async def test_a_login_is_tried_in_one_way(offered: str, first: str | None) -> None:
    async with scripted(EHLO=f"250-here\r\n250 {offered}", AUTH="535 5.7.8 no") as server:
        outcome = await send(server.port, username=USER, password=PASSWORD)
    assert isinstance(outcome, Rejected)
    assert outcome.error_class is ErrorClass.ACCOUNT
    logins = [line for line in server.heard if line.startswith("AUTH")]
    assert len(logins) == (first is not None)
    assert all(line.startswith(str(first)) for line in logins)


# --- the line breaks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_lost_before_the_dot_nothing_was_sent(stage: str) -> None:
    async with scripted(**{stage: Trouble.DROP}) as server:
        outcome = await send(server.port)
    assert isinstance(outcome, Rejected)
    assert (outcome.error_class, outcome.certain) == (ErrorClass.DEVICE, True)
    assert server.mails == []


async def test_lost_after_the_dot_nobody_knows() -> None:
    async with scripted(dot=Trouble.DROP) as server:
        assert isinstance(await send(server.port), Unknown)
    assert len(server.mails) == 1


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_silence_before_the_dot(stage: str) -> None:
    async def story() -> None:
        async with scripted(**{stage: Trouble.SILENCE}) as server:
            outcome = await send(server.port)
        assert isinstance(outcome, Rejected)
        assert (outcome.error_class, outcome.certain) == (ErrorClass.DEVICE, True)
        assert "in time" in outcome.reason

    virtual_time.run(story())


@virtual_time.story
async def test_silence_after_the_dot() -> None:
    async with scripted(dot=Trouble.SILENCE) as server:
        assert isinstance(await send(server.port), Unknown)


@virtual_time.story
async def test_whoever_dawdles_at_every_step_is_left_in_time() -> None:
    async with scripted(QUIT=Trouble.SILENCE) as server:
        assert await send(server.port) == TAKEN
        assert asyncio.get_running_loop().time() - virtual_time.START <= 3


@virtual_time.story
async def test_all_of_it_has_an_end() -> None:
    async with scripted(EHLO="250-here\r\n250 AUTH PLAIN", AUTH="235 in") as server:
        server.delay = 9.5
        outcome = await send(server.port, username=USER, password=PASSWORD)
    assert isinstance(outcome, Unknown)  # the mail had just left
    assert asyncio.get_running_loop().time() - virtual_time.START == pytest.approx(TOTAL_TIMEOUT, abs=0.1)


async def test_a_line_that_is_gone_takes_no_mail() -> None:
    account = SmtpAccount(host="127.0.0.1", sender=FROM, security="none")
    conversation = Conversation(account, ssl.create_default_context())
    with pytest.raises(OSError, match="lost"):
        await conversation._give(b"")
    assert not conversation.may_have_left


@given(
    stage=st.sampled_from(["greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot", "QUIT"]),
    words=st.text(st.characters(max_codepoint=255), max_size=30)
    | st.builds("{}{}{}".format, st.integers(100, 699), st.sampled_from(" -."), st.text(max_size=10)),
)
@settings(max_examples=60, deadline=None)
def test_no_words_of_a_server_do_harm(stage: str, words: str) -> None:
    async def story() -> None:
        async with scripted(**{stage: words}) as server:
            outcome = await send(server.port)
        assert isinstance(outcome, Accepted | Rejected | Unknown)
        if isinstance(outcome, Accepted) and stage == "dot":
            assert words.lstrip("\r\n")[:1] == "2"
        if stage != "dot" and isinstance(outcome, Unknown):
            assert stage == "DATA"  # words that were a 354 after all, and then nothing

    virtual_time.run(story())


@pytest.mark.parametrize("words", ["garbage", "\x00\x01", "999 what", "250" + "x" * 9000])
async def test_words_that_are_not_smtp(words: str) -> None:
    async with scripted(greeting=words) as early, scripted(dot=words) as late:
        before, after = await send(early.port), await send(late.port)
    assert isinstance(before, Rejected)
    assert before.error_class in {ErrorClass.ACCOUNT, ErrorClass.DEVICE}
    assert isinstance(after, Unknown | Accepted)


async def test_nobody_there() -> None:
    allow_sockets()
    outcome = await send(free_port())
    assert isinstance(outcome, Rejected)
    assert (outcome.error_class, outcome.certain) == (ErrorClass.DEVICE, True)


async def test_a_cancelled_send_hangs_up() -> None:
    async with scripted(RCPT=Trouble.SILENCE) as server:
        sending = asyncio.create_task(send(server.port))
        async with asyncio.timeout(15):
            await server.silent.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert server.mails == []


# --- the route ----------------------------------------------------------------------------------------------


class Sink:
    def __init__(self) -> None:
        self.told: list[RouteHealth] = []
        self.news = asyncio.Event()

    async def health(self, route: str, health: RouteHealth) -> None:
        assert route == "mail"
        self.told.append(health)
        self.news.set()


async def test_a_look_sends_nothing() -> None:
    async with scripted() as server:
        assert await a_route(server.port).check() is None
    assert server.heard == ["EHLO example.org", "NOOP", "QUIT"]


async def test_a_look_finds_what_is_wrong() -> None:
    async with scripted(NOOP=Trouble.DROP) as gone, scripted(greeting="554 no") as closed:
        lost, refused = await a_route(gone.port).check(), await a_route(closed.port).check()
    assert lost is not None
    assert lost.error_class is ErrorClass.DEVICE
    assert refused is not None
    assert refused.error_class is ErrorClass.ACCOUNT


async def test_it_looks_by_itself_and_tells() -> None:
    sink = Sink()
    async with scripted() as server:
        route = a_route(server.port)
        assert route.health.state is RouteState.UNKNOWN
        await route.start(sink)  # type: ignore[arg-type]  # it takes health only
        async with asyncio.timeout(15):
            await sink.news.wait()
        await route.stop()
        await route.stop()
    assert sink.told == [RouteHealth(state=RouteState.OK, proof=ProofLevel.ALLOWED)]
    assert route.health == sink.told[0]


async def test_a_look_in_hand_does_not_hold_up_the_end() -> None:
    async with scripted(EHLO=Trouble.SILENCE) as server:
        route = a_route(server.port)
        await route.start(Sink())  # type: ignore[arg-type]  # it takes health only
        async with asyncio.timeout(5):
            await server.silent.wait()
            await route.stop()
    assert route.health.state is RouteState.UNKNOWN


@virtual_time.story
async def test_a_refused_login_is_not_tried_every_few_seconds() -> None:
    sink = Sink()
    async with scripted(EHLO="250-here\r\n250 AUTH PLAIN", AUTH="535 5.7.8 no") as server:
        route = a_route(server.port, username=USER, password=PASSWORD)
        await route.start(sink)  # type: ignore[arg-type]  # it takes health only
        await sink.news.wait()
        await asyncio.sleep(290)
        assert sum(line.startswith("AUTH") for line in server.heard) == 1
        await asyncio.sleep(20)
        await route.stop()
    assert sum(line.startswith("AUTH") for line in server.heard) == 2
    assert [each.state for each in sink.told] == [RouteState.FAILED]


async def test_what_it_says_of_itself() -> None:
    route = a_route(1, preset="websms")
    assert route.name == "mail"
    assert route.channels == {Channel.SMS, Channel.CALL}
    assert isinstance(route, LimitedReporter)
    assert route.reports == frozenset()
    assert route.plan_segments(a_message(text="x" * 200)) == 2
    with pytest.raises(ValueError, match="does not carry"):
        route.plan_segments(TO_ANNA)
    outcome = await route.send(TO_ANNA, ignore)
    assert isinstance(outcome, Rejected)
    assert outcome.error_class is ErrorClass.MESSAGE


def test_a_password_in_the_subject_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        a_route(1, preset="websms", subject_auth="login:geheim", host="localhost")
    assert "password" in caplog.text
    assert "geheim" not in caplog.text


def test_a_missing_library_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("handover", "conversation"):
        monkeypatch.delitem(sys.modules, f"alert_engine.routes.smtp.{module}")
    monkeypatch.setitem(sys.modules, "aiosmtplib", None)  # so Python says that it is not there
    with pytest.raises(ConfigError, match="needs the package aiosmtplib: install alert-gateway\\[daemon\\]"):
        a_route(1)
