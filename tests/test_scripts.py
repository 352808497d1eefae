"""What the scripts decide: where Debian comes from, what is covered enough, what a validator must see."""

from __future__ import annotations

import ast
import copy
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scripts.lib import debian, environment
from scripts.lib.coverage_gate import shares
from scripts.lib.demo.configuration import http_storage
from scripts.lib.demo.proof import COMPLAINT, FETCHING
from scripts.lib.validate import manifest, services, translations
from scripts.lib.validate.sources import Integration, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEW_FORM = """\
Types: deb
# a comment
URIs: http://security.example/debian-security
Suites: bookworm-security
Signed-By: /keys/security.gpg

Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Signed-By: /keys/archive.gpg
"""


@pytest.mark.parametrize(
    ("source", "archive"),
    [
        (NEW_FORM, ("http://mirror.example/debian", "/keys/archive.gpg")),
        (
            "deb http://mirror.example/debian/ bookworm main\n",
            ("http://mirror.example/debian/", debian.DEFAULT_KEYRING),
        ),
        (
            (
                "# deb http://old.example/debian x main\n"
                "deb [arch=amd64 signed-by=/keys/a.gpg] https://m.example/debian bookworm main\n"
            ),
            ("https://m.example/debian", "/keys/a.gpg"),
        ),
    ],
)
def test_the_archive_is_found_in_both_forms_of_sources(source: str, archive: tuple[str, str]) -> None:
    assert tuple(debian.find_archive(["", source])) == archive


def test_a_machine_without_a_debian_archive_is_refused() -> None:
    with pytest.raises(debian.AptError, match="no Debian archive"):
        debian.find_archive(["deb https://packages.example/other stable main\n"])


def test_packages_can_be_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGW_NO_APT", "1")
    assert debian.why_not_apt() == "AGW_NO_APT is set"


def test_an_environment_is_made_again_when_its_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ENVIRONMENTS", tmp_path)
    python = environment.environment_python("run")
    python.parent.mkdir(parents=True)
    python.touch()
    stamp = tmp_path / "run" / environment.STAMP
    assert not environment.is_made("run")
    stamp.write_text(environment.requirements_digest("run"))
    assert environment.is_made("run")
    stamp.write_text("of another file")
    assert not environment.is_made("run")


def test_an_environment_is_made_by_whichever_python_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer Python that came with another package may lack the pip that it needs."""
    called = tmp_path / "called"
    for name, code in (("python3", 1), ("python3.11", 0), ("python3.13", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} $* >> {called}\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    itself, *others = environment.pythons_here()
    assert itself == sys.executable
    assert others == [str(tmp_path / name) for name in ("python3", "python3.11", "python3.13")]
    assert not environment.make_venv_by_any(tmp_path / "own", others[:1])
    assert environment.make_venv_by_any(tmp_path / "own", others)
    command = f"-m venv --clear {tmp_path / 'own'}"
    assert called.read_text().splitlines() == [
        f"python3 {command}",
        f"python3 {command}",
        f"python3.11 {command}",
    ]


def _file(statements: int, ran: int, branches: int = 0, taken: int = 0) -> dict[str, Any]:
    return {
        "summary": {
            "num_statements": statements,
            "covered_lines": ran,
            "num_branches": branches,
            "covered_branches": taken,
        }
    }


def test_a_branch_that_never_ran_in_a_pure_room_is_too_much() -> None:
    report = {
        "files": {"gsm_driver/pdu/gsm7.py": _file(90, 90, 10, 9), "alert_engine/engine.py": _file(900, 900)}
    }
    judged = {share.prefix: share for share in shares(report)}
    assert judged[""].is_enough
    assert not judged["gsm_driver/pdu/"].is_enough
    assert "gsm_driver/pdu/gsm7.py: 1 of 100 never ran" in str(judged["gsm_driver/pdu/"])
    assert judged["alert_engine/decisions/"].percent == 100.0


@pytest.fixture(scope="module")
def sound() -> Integration:
    return load()


def _without(integration: Integration, *path: str) -> Integration:
    english = copy.deepcopy(integration.english)
    inside: dict[str, Any] = english
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return replace(integration, translations={**integration.translations, "en": english})


def _with_text(integration: Integration, text: str) -> Integration:
    return replace(integration, translations={"en": {**integration.english, "title": text}})


def _with_module(integration: Integration, source: str) -> Integration:
    return replace(integration, modules={**integration.modules, "new.py": ast.parse(source)})


BREAKAGES: list[tuple[Any, Callable[[Integration], Integration], str]] = [
    (manifest, lambda it: replace(it, manifest={**it.manifest, "domain": "other"}), "folder's name"),
    (manifest, lambda it: replace(it, manifest={**it.manifest, "requirements": ["serialx==1.0"]}), "use >="),
    (
        manifest,
        lambda it: replace(it, manifest={**it.manifest, "requirements": ["x @ https://a/b"]}),
        "address",
    ),
    (manifest, lambda it: replace(it, manifest={**it.manifest, "colour": "red"}), "no key"),
    (manifest, lambda it: replace(it, manifest=dict(reversed(it.manifest.items()))), "alphabet"),
    (manifest, lambda it: replace(it, manifest={**it.manifest, "dependencies": ["nonesuch"]}), "nonesuch"),
    (manifest, lambda it: _with_module(it, "from homeassistant.components import zha\n"), "components.zha"),
    (translations, lambda it: _with_text(it, " Alert Gateway"), "blank"),
    (translations, lambda it: _with_text(it, "See https://example.org"), "address"),
    (translations, lambda it: _with_text(it, "<b>Alert</b>"), "HTML"),
    (
        translations,
        lambda it: _with_module(it, "raise E(translation_domain=D, translation_key='not_there')\n"),
        "exceptions.not_there is missing",
    ),
    (services, lambda it: _without(it, "services", "send", "name"), "services.send has no name"),
    (services, lambda it: _without(it, "services", "send", "fields", "to", "description"), "send.to has no"),
    (services, lambda it: replace(it, icons={}), "has no icon"),
]


@pytest.mark.parametrize(("check", "break_it", "complaint"), BREAKAGES)
def test_the_validator_sees_what_hassfest_would(
    sound: Integration, check: Any, break_it: Callable[[Integration], Integration], complaint: str
) -> None:
    assert any(complaint in fault for fault in check.faults(break_it(sound)))


def test_the_integration_is_sound(sound: Integration) -> None:
    assert [fault for check in (manifest, translations, services) for fault in check.faults(sound)] == []


def test_the_demo_listens_on_loopback_only() -> None:
    assert http_storage(8123)["data"]["stable"]["server_host"] == ["127.0.0.1"]


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21 22:23:01.234 ERROR (MainThread) [custom_components.alert_gateway.host] It broke",
        "2026-11-21 22:23:01.2 WARNING (MainThread) [frame] Detected that custom integration 'alert_gateway'",
    ],
)
def test_the_demo_check_sees_complaints(line: str) -> None:
    assert COMPLAINT.search(line)


def test_the_demo_check_sees_a_package_that_is_not_pinned() -> None:
    line = "2026-11-21 22:23:01 INFO (SyncWorker_0) [homeassistant.util.package] Attempting install of foo==1"
    assert FETCHING.findall(line) == ["foo==1"]
