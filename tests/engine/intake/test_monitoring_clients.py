"""What ships for the other side: the script of the Zabbix media type runs, and the gateway reads it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from alert_engine.intake.http import HttpIntake, Parsed
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import AlarmRaise, Severity
from tests.engine.intake.http_support import EVERYTHING, NOW, PREFIX, ROOT, TOKEN, vector

CLIENTS = ROOT / "docs" / "clients"
URL = f"https://gateway.example.org{PREFIX}/zabbix"
NODE = shutil.which("node")
# What Zabbix gives a script (its manual, "Additional JavaScript objects"): `value`, and HttpRequest. Here the
# request is noted and answered as told, and what the script returned or threw is printed.
HARNESS = """
var told = JSON.parse(require('fs').readFileSync(0, 'utf8')), sent = {headers: []};
function HttpRequest() {}
HttpRequest.prototype.addHeader = function (line) { sent.headers.push(line); };
HttpRequest.prototype.setProxy = function (proxy) { sent.proxy = proxy; };
HttpRequest.prototype.getStatus = function () { return told.status; };
HttpRequest.prototype.post = function (url, body) { sent.url = url; sent.body = body; return told.answer; };
try { sent.returned = new Function('value', 'HttpRequest', told.script)(told.value, HttpRequest); }
catch (error) { sent.thrown = String(error); }
process.stdout.write(JSON.stringify(sent));
"""


def media_type() -> dict[str, Any]:
    exported = yaml.safe_load((CLIENTS / "media_zabbix_alert_gateway.yaml").read_text(encoding="utf-8"))
    (found,) = exported["zabbix_export"]["media_types"]
    assert isinstance(found, dict)
    return found


def run(parameters: dict[str, str], *, status: int = 202, answer: str = "{}") -> dict[str, Any]:
    told = {
        "script": media_type()["script"],
        "value": json.dumps(parameters),
        "status": status,
        "answer": answer,
    }
    ran = subprocess.run(
        [str(NODE), "-e", HARNESS],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    sent: dict[str, Any] = json.loads(ran.stdout)
    return sent


def parameters(**changes: str) -> dict[str, str]:
    return {**vector("zabbix_problem"), "url": URL, "token": TOKEN, **changes}


def test_the_media_type_is_a_webhook_of_zabbix_7() -> None:
    text = (CLIENTS / "media_zabbix_alert_gateway.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["zabbix_export"]["version"] == "7.0"
    assert media_type()["type"] == "WEBHOOK"
    modes = {(each["event_source"], each["operation_mode"]) for each in media_type()["message_templates"]}
    assert {("TRIGGERS", "PROBLEM"), ("TRIGGERS", "RECOVERY"), ("TRIGGERS", "UPDATE")} <= modes


def test_the_vectors_have_its_parameters() -> None:
    names = {each["name"] for each in media_type()["parameters"]}
    for name in ("zabbix_problem", "zabbix_recovery", "zabbix_acknowledged"):
        assert set(vector(name)) == names - {"url", "token"}


def test_the_script_is_ecmascript_5() -> None:
    """Zabbix runs Duktape, which knows no newer one."""
    assert re.findall(r"=>|`|\b(?:let|const|class|async|await)\b", media_type()["script"]) == []


@pytest.mark.skipif(NODE is None, reason="needs node")
class TestTheScript:
    def test_the_gateway_reads_what_it_sends(self) -> None:
        sent = run(parameters())
        assert sent["returned"] == "OK"
        assert sent["url"] == URL
        assert TOKEN not in sent["body"]
        headers = dict(line.split(": ", 1) for line in sent["headers"])
        request = HttpRequest(
            method="POST", path=f"{PREFIX}/zabbix", headers=headers, body=sent["body"].encode()
        )
        parsed = HttpIntake(EVERYTHING).read(request, NOW)
        assert isinstance(parsed, Parsed)
        (ask,) = parsed.asks
        assert isinstance(ask, AlarmRaise)
        assert (ask.key, ask.severity) == ("4711", Severity.HIGH)

    def test_through_a_proxy(self) -> None:
        sent = run(parameters(proxy="http://proxy:3128"))
        assert sent["proxy"] == "http://proxy:3128"
        assert "proxy" not in sent["body"]

    @pytest.mark.parametrize(
        ("status", "answer", "reason"),
        [
            (503, '{"error":"the gateway is starting"}', "answered 503: the gateway is starting"),
            (502, "<html>", "answered 502: no reason given"),
            (200, "{}", "answered 200"),
        ],
    )
    def test_anything_but_202_is_tried_again(self, status: int, answer: str, reason: str) -> None:
        thrown = run(parameters(), status=status, answer=answer)["thrown"]
        assert reason in thrown
        assert TOKEN not in thrown

    @pytest.mark.parametrize(("missing", "reason"), [("url", "parameter url"), ("token", "parameter token")])
    def test_what_is_not_set_is_named(self, missing: str, reason: str) -> None:
        assert reason in run(parameters(**{missing: ""}))["thrown"]


@pytest.mark.parametrize("name", ["icinga2_alert_gateway.conf", "nagios_alert_gateway.cfg"])
def test_the_commands_send_what_the_gateway_reads(name: str) -> None:
    text = (CLIENTS / name).read_text(encoding="utf-8")
    sent = set(re.findall(r'"([a-z]+)=\$', text))
    assert sent == {"type", "time", "host", "service", "state", "output", "author", "comment"}
