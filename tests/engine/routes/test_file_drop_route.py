"""A file drop as a route: over the wire to pyftpdlib, and to servers that misbehave."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.file_drop import FileDropAccount, make_file_drop_route
from tests import virtual_time
from tests.engine.brokers import allow_sockets, free_port
from tests.engine.providers.contract import NUMBER, TEXT, FixedClock, a_message
from tests.engine.routes.ftp_house import PASSWORD, USER, ftp_server, scripted_ftp
from tests.engine.routes.mail_house import Trouble, make_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.routes.base import Outcome, SegmentProgress
    from alert_engine.routes.handover import HandoverRoute

pytest.importorskip("aioftp")

from alert_engine.routes.file_drop.handover import TOTAL_TIMEOUT

NAME = "6f1d2c3b4a5968778695a4b3c2d1e0f0.txt"
TAKEN = Accepted(reference=NAME, segments=1)
WHOLE = f"436641234567;{TEXT}\r\n".encode()


def a_route(port: int, **settings: Any) -> HandoverRoute:
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "username": USER,
        "password": PASSWORD,
        "security": "none",
        "content": "{number};{text}\n",
        "per_second": 100,
    }
    return make_file_drop_route("drop", FileDropAccount(**(usual | settings)), clock=FixedClock())


async def ignore(progress: SegmentProgress) -> None:
    pass


async def send(port: int, message: Any = None, **settings: Any) -> Outcome:
    return await a_route(port, **settings).send(message or a_message(), ignore)


def rejected(outcome: Outcome | None) -> Rejected:
    assert isinstance(outcome, Rejected)
    for private in (NUMBER, NUMBER[1:], TEXT, PASSWORD):
        assert private not in repr(outcome)
    return outcome


def content_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# --- a server that we did not write -------------------------------------------------------------------------


async def test_a_file_arrives_whole(tmp_path: Path) -> None:
    with ftp_server(tmp_path) as port:
        assert await send(port) == TAKEN
        assert await send(port) == TAKEN  # an attempt more makes no second file
    assert content_of(tmp_path) == {NAME: WHOLE}


async def test_into_a_directory(tmp_path: Path) -> None:
    (tmp_path / "in box").mkdir()
    with ftp_server(tmp_path) as port:
        assert await send(port, directory="/in box") == Accepted(reference=f"/in box/{NAME}", segments=1)
        assert await a_route(port, directory="/in box").check() is None
    assert (tmp_path / "in box" / NAME).read_bytes() == WHOLE


async def test_no_directory_no_file(tmp_path: Path) -> None:
    with ftp_server(tmp_path) as port:
        sent, looked = await send(port, directory="/out"), await a_route(port, directory="/out").check()
        assert await a_route(port).check() is None
    assert (rejected(sent).error_class, rejected(sent).code) == (ErrorClass.ACCOUNT, "FTP 550")
    assert (rejected(looked).error_class, rejected(looked).code) == (ErrorClass.ACCOUNT, "FTP 550")


async def test_a_wrong_password(tmp_path: Path) -> None:
    with ftp_server(tmp_path) as port:
        refused = rejected(await send(port, password="falsch"))
        looked = rejected(await a_route(port, password="falsch").check())
    assert (refused.error_class, refused.code) == (ErrorClass.ACCOUNT, "FTP 530")
    assert looked.error_class is ErrorClass.ACCOUNT


@pytest.mark.parametrize("rights", ["elr", "elraw"])
async def test_a_server_that_forbids_to_write_or_to_rename(tmp_path: Path, rights: str) -> None:
    with ftp_server(tmp_path, rights=rights) as port:
        refused = rejected(await send(port))
    assert (refused.error_class, refused.code) == (ErrorClass.ACCOUNT, "FTP 550")
    assert not (tmp_path / NAME).exists()


async def test_encrypted(tmp_path: Path) -> None:
    _, ca_file = make_certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "c.pem").read_bytes() + (tmp_path / "k.pem").read_bytes())
    home = tmp_path / "home"
    home.mkdir()
    with ftp_server(home, certificate=both) as port:
        safe = {"host": "localhost", "security": "explicit"}
        sent = await send(port, **safe, ca_file=ca_file)
        strange = rejected(await send(port, **safe))
        other = rejected(await send(port, security="explicit", ca_file=ca_file))
        readable = rejected(await send(port))
    assert sent == TAKEN
    assert (home / NAME).read_bytes() == WHOLE
    for refused in (strange, other):
        assert (refused.error_class, "certificate" in refused.reason) == (ErrorClass.DEVICE, True)
    assert readable.error_class is ErrorClass.ACCOUNT


async def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    refused = rejected(await send(1, ca_file=str(tmp_path / "missing.pem")))
    assert (refused.error_class, "ca_file" in refused.reason) == (ErrorClass.ACCOUNT, True)


# --- servers that say no, or nothing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error_class", "code"),
    [
        ({"greeting": "421 full"}, ErrorClass.TEMPORARY, "FTP 421"),
        ({"greeting": "HTTP/1.0 400 Bad"}, ErrorClass.DEVICE, ""),
        ({"greeting": "200 hello"}, ErrorClass.ACCOUNT, ""),
        ({"PASS": "530 no"}, ErrorClass.ACCOUNT, "FTP 530"),
        ({"STOR": "452 disk full"}, ErrorClass.TEMPORARY, "FTP 452"),
        ({"STOR": "553 no"}, ErrorClass.ACCOUNT, "FTP 553"),
        ({"stored": "426 broken"}, ErrorClass.TEMPORARY, "FTP 426"),
        ({"RNFR": "550 what?"}, ErrorClass.ACCOUNT, "FTP 550"),
        ({"RNTO": "553 no"}, ErrorClass.ACCOUNT, "FTP 553"),
        ({"RNTO": "450 not now"}, ErrorClass.TEMPORARY, "FTP 450"),
    ],
)
def test_a_refusal(changes: dict[str, Any], error_class: ErrorClass, code: str) -> None:
    async def story() -> None:
        async with scripted_ftp(changes) as server:
            refused = rejected(await send(server.port))
        assert (refused.error_class, refused.code, refused.certain) == (error_class, code, True)

    virtual_time.run(story())


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("stage", ["greeting", "USER", "PASS", "TYPE", "STOR", "stored", "RNFR"])
def test_lost_before_the_renaming_nothing_was_sent(stage: str, trouble: Trouble) -> None:
    async def story() -> None:
        async with scripted_ftp({stage: trouble}) as server:
            refused = rejected(await send(server.port))
        assert (refused.error_class, refused.certain) == (ErrorClass.DEVICE, True)
        assert not any(line.startswith("RNTO") for line in server.heard)

    virtual_time.run(story())


MLST_YES = "250-here\r\n type=file; x\r\n250 end"


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize(
    ("afterwards", "wanted"),
    [
        ({"MLST": MLST_YES}, Accepted),
        ({"MLST": "502 what?", "SIZE": "213 40"}, Accepted),
        ({"MLST": "550 not there"}, Unknown),  # neither: whoever fetches files was quick, perhaps
        ({"MLST": "502 what?", "SIZE": "550 not there"}, Unknown),
        ({"MLST": "502 what?"}, Unknown),
        ({"greeting": Trouble.DROP}, Unknown),
        ({"PASS": "530 no"}, Unknown),
        ({"MLST": Trouble.SILENCE}, Unknown),
    ],
)
def test_lost_while_renaming(trouble: Trouble, afterwards: dict[str, Any], wanted: type) -> None:
    async def story() -> None:
        async with scripted_ftp({"RNTO": trouble}, afterwards) as server:
            outcome = await send(server.port)
        assert isinstance(outcome, wanted)
        assert len(server.files) == 1

    virtual_time.run(story())


@pytest.mark.parametrize(("answer", "wanted"), [("250 gone", Rejected), ("550 not there", Unknown)])
async def test_lost_before_the_server_renamed(answer: str, wanted: type) -> None:
    """The file is there under its other name only; with that gone, no late rename can bring it."""
    afterwards = {"MLST temporary": MLST_YES, "DELE": answer}
    async with scripted_ftp({"RNTO": Trouble.DROP}, afterwards) as server:
        outcome = await send(server.port)
        assert isinstance(outcome, wanted)
    if isinstance(outcome, Rejected):
        assert (outcome.error_class, outcome.certain) == (ErrorClass.DEVICE, True)
    assert f"DELE {NAME}.part" in server.heard


async def test_a_refused_renaming_onto_our_own_file() -> None:
    """An earlier attempt had brought it there, and this server does not replace files."""
    async with scripted_ftp({"RNTO": "553 exists"}, {"MLST": MLST_YES}) as server:
        assert await send(server.port) == TAKEN


@virtual_time.story
async def test_all_of_it_has_an_end() -> None:
    async with scripted_ftp() as server:
        server.delay = 9.5
        refused = rejected(await send(server.port))
    assert refused.error_class is ErrorClass.DEVICE
    assert asyncio.get_running_loop().time() - virtual_time.START == pytest.approx(TOTAL_TIMEOUT, abs=0.1)


@given(
    stage=st.sampled_from(
        ["greeting", "USER", "PASS", "TYPE", "EPSV", "PASV", "STOR", "stored", "RNFR", "RNTO", "MLST"]
    ),
    words=st.text(st.characters(max_codepoint=255), max_size=30)
    | st.builds("{}{}{}".format, st.integers(100, 699), st.sampled_from(" -."), st.text(max_size=10))
    | st.builds("229 here (|||{}|)".format, st.integers(-1, 10**6))
    | st.builds("227 here ({})".format, st.lists(st.integers(0, 999), max_size=7).map(str)),
)
@settings(max_examples=60, deadline=None)
def test_no_words_of_a_server_do_harm(stage: str, words: str) -> None:
    async def story() -> None:
        async with scripted_ftp({stage: words}) as server:
            outcome = await send(server.port)
        assert isinstance(outcome, Accepted | Rejected | Unknown)
        if stage != "RNTO":
            assert not isinstance(outcome, Unknown)

    virtual_time.run(story())


@pytest.mark.parametrize(
    "changes",
    [
        {"EPSV": "229 here (|||99999|)"},
        {"EPSV": "229 here (|||0|)"},
        {"EPSV": "229 here"},
        {"EPSV": "500 what?", "PASV": "227 here (1,2,3,4,999,999)"},
        {"EPSV": "500 what?", "PASV": "227 here (1,2)"},
    ],
)
async def test_no_place_for_the_data(changes: dict[str, Any]) -> None:
    async with scripted_ftp(changes) as server:
        refused = rejected(await send(server.port))
    assert (refused.error_class, refused.certain) == (ErrorClass.DEVICE, True)


async def test_words_in_another_alphabet_are_no_trouble() -> None:
    """Servers greet in the alphabet of their house; only the code counts."""
    async with scripted_ftp({"greeting": "220-M\xfcller\r\n220 gr\xfc\xdft", "PASS": "230 h\xe9"}) as server:
        assert await send(server.port) == TAKEN


async def test_a_server_that_never_ends_its_answer() -> None:
    async with scripted_ftp({"greeting": "220-on\r\n" * 100_000}) as server:
        refused = rejected(await send(server.port))
    assert refused.error_class is ErrorClass.DEVICE


@pytest.mark.parametrize("stage", ["STOR", "stored"])
@pytest.mark.parametrize("answer", ["553 no", Trouble.DROP])
async def test_no_data_connection_stays_open(stage: str, answer: str | Trouble) -> None:
    async with scripted_ftp({stage: answer}) as server:
        rejected(await send(server.port))
        async with asyncio.timeout(15):
            await server.let_go.wait()


@pytest.mark.parametrize("stage", ["PASS", "STOR", "RNTO"])
async def test_a_cancelled_send_hangs_up(stage: str) -> None:
    async with scripted_ftp({stage: Trouble.SILENCE}) as server:
        sending = asyncio.create_task(send(server.port))
        async with asyncio.timeout(15):
            await server.silent.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            if stage == "STOR":
                await server.let_go.wait()


async def test_explicit_tls_protects_the_data_too(tmp_path: Path) -> None:
    context, ca_file = make_certificate(tmp_path)
    good = {"AUTH": "234 go on", "PBSZ": "200 ok", "PROT": "200 ok"}
    async with scripted_ftp(good, starttls=context) as server:
        route = a_route(server.port, host="localhost", security="explicit", ca_file=ca_file)
        assert await route.check() is None
    assert server.heard[:6] == ["AUTH TLS", "PBSZ 0", "PROT P", f"USER {USER}", f"PASS {PASSWORD}", "NOOP"]


async def test_nothing_that_was_said_in_clear_is_believed_later(tmp_path: Path) -> None:
    """Somebody on the line puts answers behind that to AUTH TLS: they would stand for the server's own."""
    context, ca_file = make_certificate(tmp_path)
    forged = "234 go on\r\n200 ok\r\n200 ok\r\n331 who?\r\n230 in\r\n200 ok"
    async with scripted_ftp({"AUTH": forged}, starttls=context) as server:
        route = a_route(server.port, host="localhost", security="explicit", ca_file=ca_file)
        refused = rejected(await route.check())
    assert (refused.error_class, "encryption" in refused.reason) == (ErrorClass.ACCOUNT, True)
    assert not any(PASSWORD in line for line in server.heard)


async def test_nobody_there() -> None:
    allow_sockets()
    refused = rejected(await send(free_port()))
    assert (refused.error_class, refused.certain) == (ErrorClass.DEVICE, True)


async def test_implicit_tls_protects_the_data_too(tmp_path: Path) -> None:
    context, ca_file = make_certificate(tmp_path)
    async with scripted_ftp({"PBSZ": "200 ok", "PROT": "200 ok"}, tls=context) as server:
        assert (
            await a_route(server.port, host="localhost", security="implicit", ca_file=ca_file).check() is None
        )
    assert server.heard[:5] == ["PBSZ 0", "PROT P", f"USER {USER}", f"PASS {PASSWORD}", "NOOP"]


# --- the route ----------------------------------------------------------------------------------------------


async def test_what_it_says_of_itself() -> None:
    route = a_route(1, channel="call")
    assert route.channels == {Channel.CALL}
    assert route.reports == frozenset()
    assert route.plan_segments(a_message(channel=Channel.CALL)) == 1
    assert rejected(await route.send(a_message(), ignore)).error_class is ErrorClass.MESSAGE


def test_a_readable_line_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        a_route(1)
        assert not caplog.text
        a_route(1, host="ftp.example.org")
    assert "readable" in caplog.text


def test_a_missing_library_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("handover", "conversation"):
        monkeypatch.delitem(sys.modules, f"alert_engine.routes.file_drop.{module}")
    monkeypatch.setitem(sys.modules, "aioftp", None)  # so Python says that it is not there
    with pytest.raises(ConfigError, match="needs the package aioftp: install alert-gateway\\[daemon\\]"):
        a_route(1)


async def test_nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with scripted_ftp() as server:
            assert await send(server.port) == TAKEN
    for private in (NUMBER[1:], TEXT, PASSWORD, NAME):
        assert private not in caplog.text
