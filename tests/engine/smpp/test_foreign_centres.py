"""The route against message centres that we did not write, over real sockets and in real time."""

from __future__ import annotations

import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.routes.base import Accepted, ErrorClass, Rejected, ReportStatus, RouteState, Unknown
from tests.engine.smpp.foreign import CENTRES, node_centre
from tests.engine.smpp.house import ANNA, HastyClock, a_route, an_account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.engine.smpp.foreign import Centre
    from tests.engine.smpp.house import Bench

RECEIPT = 0x04
LONG = "Water in the cellar, pump 2 does not run. " * 5
DUMPLINGS = "Knödel 🥟 " * 12


@pytest.fixture(params=sorted(CENTRES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def linked(kind: str, **settings: Any) -> AsyncIterator[tuple[Centre, Bench]]:
    async with (
        CENTRES[kind]() as centre,
        a_route(an_account(centre.port, **settings), HastyClock()) as bench,
    ):
        await centre.bound()
        yield centre, bench


async def test_a_message_its_receipt_and_an_answer(kind: str) -> None:
    async with linked(kind) as (centre, bench):
        sending = bench.send()
        submitted = await centre.submitted()
        assert (submitted.source, submitted.destination) == ("Alarm", ANNA[1:])
        assert (submitted.text, submitted.data_coding) == ("Water in the cellar", 0)
        assert submitted.registered_delivery == 1
        await centre.accept(submitted, "1a2b")
        assert await sending == Accepted(reference="1a2b", segments=1)
        text = b"id:0000006699 sub:001 dlvrd:001 done date:2601010102 stat:DELIVRD err:000"
        assert await centre.deliver(text, source=ANNA[1:], esm_class=RECEIPT) == 0
        report = bench.sink.reports[0]
        assert (report.reference, report.status) == ("1a2b", ReportStatus.DELIVERED)
        assert await centre.deliver(b"ACK", source=ANNA[1:]) == 0
        assert (bench.sink.messages[0].sender, bench.sink.messages[0].text) == (ANNA, "ACK")


@pytest.mark.parametrize(("text", "coding", "segments"), [(LONG, 0, 2), (DUMPLINGS, 8, 2)])
async def test_a_long_message(kind: str, text: str, coding: int, segments: int) -> None:
    async with linked(kind) as (centre, bench):
        sending = bench.send(text)
        parts = []
        for number in range(segments):
            submitted = await centre.submitted()
            await centre.accept(submitted, f"id{number}")
            parts.append(submitted)
        assert await sending == Accepted(reference="id0,id1", segments=segments)
        assert "".join(part.text for part in parts) == text
        assert [part.header for part in parts] == [
            bytes((0, 3, 0xA7, segments, number)) for number in range(1, segments + 1)
        ]
        assert {(part.esm_class, part.data_coding) for part in parts} == {(0x40, coding)}


async def test_answers_out_of_order_and_a_receipt_before_its_answer(kind: str) -> None:
    async with linked(kind, window=2) as (centre, bench):
        sendings = [bench.send("first"), bench.send("second")]
        submitted = {(one := await centre.submitted()).text: one for _ in range(2)}
        assert await centre.deliver(b"", source=ANNA[1:], esm_class=RECEIPT, message_id="B") == 0
        await centre.accept(submitted["second"], "B")
        assert await sendings[1] == Accepted(reference="B", segments=1)
        await centre.accept(submitted["first"], "A")
        assert await sendings[0] == Accepted(reference="A", segments=1)
        assert [(one.reference, one.status) for one in bench.sink.reports] == [("B", ReportStatus.DELIVERED)]


@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_a_centre_that_is_too_busy(kind: str, status: int) -> None:
    async with linked(kind) as (centre, bench):
        sending = bench.send()
        await centre.refuse(await centre.submitted(), status)
        refused = await sending
        assert isinstance(refused, Rejected)
        assert (refused.error_class, refused.code) == (ErrorClass.TEMPORARY, f"SMPP 0x{status:02X}")
        sending = bench.send()
        await centre.accept(await centre.submitted(), "2")
        assert await sending == Accepted(reference="2", segments=1)


async def test_a_long_message_from_a_person(kind: str) -> None:
    octets = "Größe 🥟".encode("utf-16-be")
    async with linked(kind) as (centre, bench):
        for number, piece in enumerate((octets[:13], octets[13:]), 1):
            header = bytes((5, 0, 3, 9, 2, number))
            status = await centre.deliver(header + piece, source=ANNA[1:], esm_class=0x40, data_coding=8)
            assert status == 0
        assert [message.text for message in bench.sink.messages] == ["Größe 🥟"]


async def test_the_link_is_dropped_and_comes_back(kind: str) -> None:
    async with linked(kind) as (centre, bench):
        sending = bench.send()
        await centre.submitted()
        await centre.drop()
        outcome = await sending
        # smpp34 unbinds, and sometimes refuses what it still owes an answer to.
        refused = isinstance(outcome, Rejected) and outcome.code == "SMPP 0x08"
        assert isinstance(outcome, Unknown) or (kind == "smpp34" and refused)
        await bench.sink.until_state(RouteState.OK)
        await centre.bound()
        sending = bench.send()
        await centre.accept(await centre.submitted(), "2")
        assert await sending == Accepted(reference="2", segments=1)


async def test_a_wrong_password() -> None:
    async with node_centre() as centre:
        account = an_account(centre.port, password="wrong")
        async with a_route(account, HastyClock(), state=RouteState.FAILED) as bench:
            assert bench.sink.healths[-1].reason == "the password is wrong"


# --- TLS ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=centre"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *extra], check=True, capture_output=True, timeout=60)
    return certificate, key


async def test_tls_with_a_certificate_that_is_trusted(
    certificate: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    async with node_centre(*certificate) as centre:
        account = an_account(centre.port, tls=True, ca_file=str(certificate[0]))
        async with a_route(account, HastyClock()) as bench:
            sending = bench.send()
            await centre.accept(await centre.submitted(), "1")
            assert await sending == Accepted(reference="1", segments=1)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_tls_with_a_certificate_that_nobody_knows(certificate: tuple[Path, Path]) -> None:
    async with node_centre(*certificate) as centre:
        account = an_account(centre.port, tls=True)
        async with a_route(account, HastyClock(), state=RouteState.UNKNOWN) as bench:
            assert "certificate is not valid" in bench.sink.healths[-1].reason
