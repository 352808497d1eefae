"""The servers of a gateway that runs: HTTP, mail, control socket, service manager."""

from __future__ import annotations

import asyncio
import json
import signal
import smtplib
import socket
import sqlite3
import ssl
import subprocess
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from typer.testing import CliRunner

from alert_engine.daemon.cli import app
from alert_engine.daemon.control import MAX_CLIENTS
from alert_engine.daemon.exits import ExitCode
from lab.parts.program import Program

from .brokers import DEADLINE, allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

ANNA = "+436601234567"
TOKEN = "0123456789abcdef"
PASSWORD = "correct horse"

GATEWAY = f"""\
gateway: home
journal: journal.db
modems:
  - {{name: stick, port: "simulator://m"}}
people:
  - {{id: anna, name: Anna, phone: "{ANNA}"}}
http:
  port: 0
  endpoints:
    - {{name: generic, format: generic, auth: {{type: bearer, secret_file: token}}}}
    - {{name: send, format: send, recipients: [anna], auth: {{type: field, secret: "{TOKEN}"}}}}
mail:
  port: 0
  allowed: [127.0.0.0/8]
"""
ROUTES = ("stick", "stick-calls")
WELL = {"state": "ok", "reason": ""}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Manager:
    """What a service manager hears. It listens all the time, as the real one does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(self.path))
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    async def hears(self, word: str) -> None:
        async with asyncio.timeout(DEADLINE):
            while await self._heard.get() != word:
                pass

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        self._heard.put_nowait(self._socket.recv(4096).decode().split("\n")[0])


@dataclass
class Running:
    """A gateway that runs, and how to talk to it."""

    program: Program
    file: Path
    manager: Manager
    client: aiohttp.ClientSession
    base: str
    mail_port: int

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.client.get(f"{self.base}{path}", **options) as response:
            return response.status, await response.text()

    async def post(self, name: str, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.client.post(f"{self.base}/api/alert_gateway/v1/{name}", **options) as response:
            return response.status, json.loads(await response.text())

    async def mail(self, talk: Callable[[smtplib.SMTP], Any]) -> Any:
        def whole() -> Any:
            with smtplib.SMTP("127.0.0.1", self.mail_port, "nas", DEADLINE) as client:
                return talk(client)

        return await asyncio.to_thread(whole)

    async def command(self, *arguments: str) -> tuple[int, list[str]]:
        name, *rest = arguments
        async with Program("alert_engine.daemon", name, str(self.file), *rest) as program:
            return await program.ends(), program.lines


@asynccontextmanager
async def running(folder: Path, text: str = GATEWAY) -> AsyncIterator[Running]:
    allow_sockets()
    allow_unix_sockets()
    (folder / "token").write_text(f"{TOKEN}\n")
    file = folder / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    manager = Manager(folder)
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "600000"}
    async with (
        Program("alert_engine.daemon", "run", str(file), "-v", **environment) as program,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(DEADLINE)) as client,
    ):
        http = await program.says(r"HTTP: listening at 127\.0\.0\.1 port (\d+)")
        mail = await program.says(r"mail: listening at 127\.0\.0\.1 port (\d+)")
        await manager.hears("READY=1")
        for route in ROUTES:
            await program.says(f"route {route}: ok")
        yield Running(program, file, manager, client, f"http://127.0.0.1:{http[1]}", int(mail[1]))
        program.signal(signal.SIGTERM)
        await manager.hears("STOPPING=1")
        assert await program.ends() == ExitCode.OK
    manager.close()
    for secret in (ANNA, ANNA[4:], TOKEN, PASSWORD, "Traceback"):
        assert secret not in program.output


def allow_unix_sockets() -> None:
    """Beside 127.0.0.1, which is all that Home Assistant's test tools let through."""
    with suppress(ImportError):
        import pytest_socket  # noqa: PLC0415 - not there on Python 3.11

        pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


def ups(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "UPS on battery"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Since noon")
    message.add_attachment(b"x" * 300_000, maintype="image", subtype="jpeg", filename="a.jpg")
    return message


async def test_http(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        alarm = {"key": "tank3", "severity": "high", "title": "Tank 3 low"}
        status, answer = await gateway.post("generic", json=alarm, headers=BEARER)
        assert (status, len(answer["accepted"])) == (202, 1)
        assert (await gateway.post("generic", json=alarm))[0] == 401
        assert (await gateway.post("other", json=alarm, headers=BEARER))[0] == 404
        large = {**alarm, "text": "x" * 70_000}
        assert (await gateway.post("generic", json=large, headers=BEARER))[0] == 413
        query = {"to": "anna", "text": "Door open", "token": TOKEN}
        status, text = await gateway.get("/api/alert_gateway/v1/send", params=query)
        assert status == 202
        assert (await gateway.get("/api/alert_gateway/v1/send", params={**query, "to": ANNA}))[0] == 403

        status, text = await gateway.get("/healthz")
        assert (status, json.loads(text)) == (
            200,
            {"state": "running", "gateway": "home", "routes": dict.fromkeys(ROUTES, WELL)},
        )
        status, text = await gateway.get("/metrics")
        assert status == 200
        assert 'alert_gateway_alarm_events_total{event="raised",severity="high"} 1.0' in text
        assert 'alert_gateway_http_refused{endpoint="generic",status="401"} 1.0' in text
        for secret in (ANNA, "Tank", "tank3", TOKEN):
            assert secret not in text
        assert (await gateway.get("/callback/nobody"))[0] == 404


async def test_mail(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        to = ["alarm+ups@gw", "anna@gw", f"{ANNA}@gw"]
        sent = lambda client: client.send_message(ups(Message_ID="<1@nas>"), "nas@lan", to)  # noqa: E731 - said twice
        assert await gateway.mail(sent) == {}
        assert await gateway.mail(sent) == {}  # the client had not heard the 250

        with pytest.raises(smtplib.SMTPDataError) as refused:
            await gateway.mail(lambda client: client.send_message(ups(), "nas@lan", ["nobody@gw"]))
        assert refused.value.smtp_code == 550
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await gateway.mail(lambda client: client.send_message(ups(), "nas@lan", ["@gw"]))

        code, lines = await gateway.command("alarms", "--json")
        (alarm,) = (json.loads(line) for line in lines)
        assert (code, alarm["source"], alarm["key"]) == (0, "mail", "ups")
        code, lines = await gateway.command("messages", "--text", "since NOON", "--json", "--person", "anna")
        kinds = sorted(json.loads(line)["kind"] for line in lines)
        assert (code, kinds[0]) == (0, "direct")
        assert kinds.count("direct") == 1  # once, although it was named twice and sent twice


async def test_mail_from_strangers(tmp_path: Path) -> None:
    text = GATEWAY.replace("allowed: [127.0.0.0/8]", "allowed: [192.0.2.0/24]")
    async with running(tmp_path, text) as gateway:
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            await gateway.mail(lambda client: client.send_message(ups(), "nas@lan", ["anna@gw"]))
        assert refused.value.smtp_code == 554


async def test_mail_with_a_password(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    text = GATEWAY + (
        "  tls: {certificate_file: c.pem, key_file: k.pem}\n"
        f"  auth: {{username: ups, secret: {PASSWORD}}}\n"
    )
    trusted = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))

    def talk(client: smtplib.SMTP, password: str) -> Any:
        client._host = "localhost"  # type: ignore[attr-defined]  # the name in the certificate
        client.starttls(context=trusted)
        client.login("ups", password)
        return client.send_message(ups(), "nas@lan", ["anna@gw"])

    async with running(tmp_path, text) as gateway:
        assert await gateway.mail(lambda client: talk(client, PASSWORD)) == {}
        with pytest.raises(smtplib.SMTPAuthenticationError):
            await gateway.mail(lambda client: talk(client, "wrong"))
        with pytest.raises(smtplib.SMTPException):
            await gateway.mail(lambda client: client.send_message(ups(), "nas@lan", ["anna@gw"]))


async def test_a_test_to_a_person_and_its_story(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        code, lines = await gateway.command("test", "anna")
        assert (code, lines[0], lines[-1]) == (0, "sms to anna: queued", "sms to anna: delivered by stick")
        code, lines = await gateway.command("test", "bob")
        assert code == ExitCode.UNKNOWN
        code, (line,) = await gateway.command("messages", "--person", "anna", "--state", "delivered")
        uid = line.split("\t")[0]
        code, story = await gateway.command("messages", uid)
        assert code == 0
        assert "sms to anna (+43…567), direct" in story
        assert any(line.startswith("  segment 1: accepted, reference") for line in story)
        assert (await gateway.command("messages", "zzz"))[0] == ExitCode.UNKNOWN
        code, (line,) = await gateway.command("messages", uid, "--json", "--full")
        assert json.loads(line)["segments"][0]["address"] == ANNA
        code, lines = await gateway.command("status")
        assert lines[-3:] == ["the gateway is running", "route stick: ok", "route stick-calls: ok"]
        code, lines = await gateway.command("export")
        assert {json.loads(line)["record"] for line in lines} >= {"message"}
        assert ANNA not in "\n".join(lines)
    code, lines = await gateway.command("test", "anna")
    assert code == ExitCode.NOT_RUNNING


async def test_a_socket_for_its_owner_only(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path = tmp_path / "journal.db.socket"
        assert path.stat().st_mode & 0o777 == 0o600
        for rubbish in (
            b"[]\n",
            b"{}\n",
            b"x" * 10_000 + b"\n",
            b"\xff\n",
            b'{"do": "test"}\n',
            b'{"do": "pin"}\n',
        ):
            reader, writer = await asyncio.open_unix_connection(str(path))
            writer.write(rubbish)
            async with asyncio.timeout(DEADLINE):
                answer = await reader.readline()
            assert "error" in json.loads(answer)
            writer.close()
        assert (await gateway.get("/healthz"))[0] == 200
    assert not path.exists()


async def test_so_many_commands_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path = str(tmp_path / "journal.db.socket")
        waiting = [await asyncio.open_unix_connection(path) for _ in range(MAX_CLIENTS)]
        reader, writer = await asyncio.open_unix_connection(path)
        async with asyncio.timeout(DEADLINE):
            answer = json.loads(await reader.readline())
        assert answer == {"error": "too many commands at once: try again in a moment"}
        for _, other in (*waiting, (reader, writer)):
            other.close()
        assert (await gateway.command("status"))[0] == 0


BROKEN = {
    "power cut": b"\0" * 64,
    "no date": b"gateway: home\njournal: 2026-02-30\n",
    "bottomless": b"gateway: " + b"[" * 3000 + b"]" * 3000,
}


async def test_a_broken_file_does_not_end_the_reading(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for content in BROKEN.values():
            before = len(gateway.program.lines)
            gateway.file.write_bytes(content)
            gateway.program.signal(signal.SIGHUP)
            await gateway.manager.hears("RELOADING=1")
            await gateway.manager.hears("READY=1")
            await gateway.program.says("the configuration stays as it was", after=before)
        gateway.file.write_text(GATEWAY, encoding="utf-8")
        gateway.program.signal(signal.SIGHUP)
        await gateway.program.says("the configuration was read again")


async def test_a_new_configuration(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        alarm = {"key": "tank3"}
        gateway.file.write_text(GATEWAY.replace("gateway: home", "gateway: Home"), encoding="utf-8")
        gateway.program.signal(signal.SIGHUP)
        await gateway.manager.hears("RELOADING=1")
        await gateway.manager.hears("READY=1")
        await gateway.program.says(
            "the configuration stays as it was: line 1, column 1: gateway: use 1 to 64"
        )
        assert (await gateway.post("generic", json=alarm, headers=BEARER))[0] == 202

        changed = GATEWAY.replace("name: generic", "name: other").replace("id: anna", "id: annie")
        changed = changed.replace("[anna]", "[annie]").replace("name: stick", "name: spare")
        gateway.file.write_text(f"{changed}mqtt: {{host: 127.0.0.1}}\n", encoding="utf-8")
        gateway.program.signal(signal.SIGHUP)
        await gateway.program.says("mqtt: the change is used after a restart")
        await gateway.program.says("the configuration was read again")
        await gateway.program.says("route stick: removed")
        await gateway.program.says("route spare: ok")
        assert (await gateway.post("generic", json=alarm, headers=BEARER))[0] == 404
        assert (await gateway.post("other", json=alarm, headers=BEARER))[0] == 202
        assert (await gateway.command("test", "annie"))[0] == 0


async def test_a_new_configuration_beside_an_open_modem(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        stick = '{name: stick, port: "simulator://m"'
        for change, routes in (
            (", ring_for: 20s, calls: false", {"stick": WELL}),
            (', credit: {code: "*100#"}', dict.fromkeys(ROUTES, WELL)),
            (", ring_for: 15s", dict.fromkeys(ROUTES, WELL)),
        ):
            before = len(gateway.program.lines)
            text = GATEWAY.replace(stick, stick + change)
            text += "supervision: {ping: {url: https://watchdog.example/secret}}\n"
            text += "groups: [{id: nobody, members: []}]\n"
            gateway.file.write_text(text, encoding="utf-8")
            gateway.program.signal(signal.SIGHUP)
            await gateway.program.says("modems that wait are tried now", after=before)
            assert json.loads((await gateway.get("/healthz"))[1])["routes"] == routes
        await gateway.program.says("supervision.ping: the change is used after a restart")
        await gateway.program.says(r"groups\[0\]\.members: nobody has no members")
        assert gateway.program.said("modem stick: closing") == []
        assert "watchdog.example" not in gateway.program.output


async def test_proofs_and_the_audit(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:

        def entered(*arguments: str, text: str = "") -> Any:
            name, *rest = arguments
            return CliRunner().invoke(app, [name, str(gateway.file), *rest], input=text)

        async def enter(*arguments: str, text: str = "") -> Any:
            return await asyncio.to_thread(entered, *arguments, text=text)

        done = await enter("pin", "anna", text="482915\n")
        assert (done.exit_code, done.output) == (0, "anna has a new PIN\n")
        refused = await enter("pin", "anna", text="123456\n")
        assert (refused.exit_code, "too easy to guess" in refused.stderr) == (ExitCode.REFUSED, True)
        shown = await enter("totp", "anna")
        assert shown.output.startswith("otpauth://totp/Alert%20Gateway:Anna?secret=")
        assert (await enter("totp", "bob")).exit_code == ExitCode.UNKNOWN
        assert (await enter("forget", "anna")).output == "anna has neither PIN nor one-time codes\n"
        assert (await enter("unlock")).output == "commands are taken again\n"
        assert (await enter("allow", "anna")).output == "no provider had said so\n"
        assert (await enter("allow", "+436641111111")).exit_code == 0
        assert (await enter("allow", "bob")).exit_code == ExitCode.UNKNOWN

        listed = await enter("audit")
        assert listed.exit_code == 0
        assert [line.split("\t")[2:] for line in listed.output.splitlines()] == [
            ["command_line", "commands_switched_on", "-"],
            ["command_line", "secrets_cleared", "anna"],
            ["command_line", "totp_set", "anna"],
            ["command_line", "pin_set", "anna"],
        ]
        (newest,) = (await enter("audit", "--limit", "1", "--json")).output.splitlines()
        assert json.loads(newest)["action"] == "commands_switched_on"
    assert (await enter("unlock")).exit_code == ExitCode.NOT_RUNNING
    with closing(sqlite3.connect(tmp_path / "journal.db")) as journal, journal:
        journal.execute("UPDATE audit SET object = 'ben' WHERE seq = 2")
    tampered = await enter("audit")
    assert tampered.exit_code == ExitCode.TAMPERED
    assert "entry 2 was changed or is missing" in tampered.stderr
    (tmp_path / "journal.db").unlink()
    assert (await enter("audit")).exit_code == ExitCode.JOURNAL


async def test_the_watchdog_is_fed(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for _ in range(3):
            await gateway.manager.hears("WATCHDOG=1")


async def test_an_address_that_is_taken(tmp_path: Path) -> None:
    allow_sockets()
    with socket.create_server(("127.0.0.1", 0)) as other:
        file = tmp_path / "gateway.yaml"
        port = other.getsockname()[1]
        file.write_text(f"gateway: home\njournal: j\nhttp: {{port: {port}}}\n", encoding="utf-8")
        async with Program("alert_engine.daemon", "run", str(file)) as program:
            assert await program.ends() == ExitCode.SERVER
    assert program.lines[-1].startswith(f"alert-gateway: HTTP cannot listen at 127.0.0.1 port {port}: ")


def make_certificate(folder: Path) -> None:
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "k.pem", "-out", "c.pem", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
        ],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
