"""The house stands as ``docs/architecture.md`` says: who imports whom, how large things are, which words."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DRIVER, ENGINE, SHELL = "gsm_driver", "alert_engine", "custom_components"
FLOORS = (DRIVER, ENGINE, SHELL)

MAX_MODULE, MAX_CLASS, MAX_FUNCTION = 400, 300, 50

# Tables are as long as the standard makes them.
TABLES = {
    "gsm_driver/families.py",
    "gsm_driver/pdu/national.py",
    "gsm_driver/simulator/profiles.py",
}

# Pure rooms: standard library and their own package's values only, and none of these.
PURE = ("gsm_driver/at", "gsm_driver/pdu", "alert_engine/decisions")
IMPURE = {
    "asyncio",
    "logging",
    "os",
    "random",
    "select",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}
VALUES = {
    "alert_engine.errors",
    "alert_engine.model",
    "alert_engine.outbox.entry",
    "alert_engine.routes.base",  # what a route says of one attempt
    "alert_engine.settings",
    "alert_engine.supervision.settings",
    "gsm_driver.errors",
    "gsm_driver.models",
}

SERIAL = {"serial", "serialx", "serial_asyncio", "serial_asyncio_fast"}
SERIAL_ROOMS = {"gsm_driver/transport.py", "gsm_driver/discovery.py"}

# The words of other houses; docs/architecture.md has ours.
FORBIDDEN_WORDS = re.compile(r"\b(DLRs?|contacts?|incidents?|escalation chain)\b", re.IGNORECASE)

# A change here is a change for everybody who uses the driver: it is a line in CHANGELOG.md.
PUBLIC_NAMES_OF_THE_DRIVER = (
    "Acceptances",
    "Alphabet",
    "AlphabetChoice",
    "Call",
    "CallInProgressError",
    "CallOutcome",
    "CallState",
    "Calls",
    "CmeError",
    "CmsError",
    "CommandAnswer",
    "CommandError",
    "Console",
    "DeliveryReport",
    "DeliveryStatus",
    "ErrorClass",
    "FoundModem",
    "GENERIC",
    "Inbox",
    "IncomingCall",
    "LateAcceptance",
    "LinkChanged",
    "LinkError",
    "LinkLostError",
    "LossCause",
    "MemoryContents",
    "MessageClass",
    "MessageKind",
    "Modem",
    "ModemClock",
    "ModemError",
    "ModemEvent",
    "ModemFault",
    "ModemFinder",
    "ModemIdentity",
    "ModemProfile",
    "ModemSupervisor",
    "ModemTimeoutError",
    "NationalLanguage",
    "Network",
    "NetworkTime",
    "NotAModemError",
    "PduDecodeError",
    "PduEncodeError",
    "PduError",
    "PinAttempts",
    "PinRejectedError",
    "PinRequiredError",
    "PlanReason",
    "PortInfo",
    "PortUnavailableError",
    "PukRequiredError",
    "ReceivedSms",
    "RecoveryMeans",
    "RecoveryReason",
    "RecoveryRung",
    "RecoveryStep",
    "Registration",
    "RegistrationStatus",
    "ResponseError",
    "SegmentCount",
    "SegmentProgress",
    "SegmentReference",
    "SendError",
    "SendPhase",
    "SendReceipt",
    "SendRejectedError",
    "SendUnknownError",
    "Signal",
    "Sim",
    "SimError",
    "SimIdentity",
    "SimNotReadyError",
    "SimStatus",
    "SmsPlan",
    "SmsService",
    "StorageSlot",
    "StorageState",
    "Submissions",
    "SupervisorState",
    "UnknownUrc",
    "UsageError",
    "UsbMode",
    "Ussd",
    "UssdForm",
    "UssdReply",
    "UssdSession",
    "UssdStatus",
    "UssdUnsupportedError",
    "count_segments",
    "decode_stored",
    "identify_modems",
    "in_own_thread",
    "list_modems",
    "list_ports",
    "plan_sms",
    "probe",
    "transliterated",
)


def _sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def _package(file: Path) -> list[str]:
    return list(file.relative_to(ROOT).parent.parts)


def _imports(file: Path, tree: ast.AST | None = None) -> list[tuple[int, str, str]]:
    """Each (line, module, name); relative imports are made absolute, ``import a.b`` has an empty name."""
    found: list[tuple[int, str, str]] = []
    for node in ast.walk(tree or _tree(file)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = _package(file)
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, module, alias.name) for alias in node.names]
    return found


def _top(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("file", _sources(*FLOORS), ids=_name)
def test_a_floor_imports_only_the_floors_below(file: Path) -> None:
    """The driver knows nobody; the engine knows the driver; only the third floor knows Home Assistant."""
    above = {DRIVER: {ENGINE, SHELL, "homeassistant"}, ENGINE: {SHELL, "homeassistant"}, SHELL: set()}
    forbidden = above[_package(file)[0]]
    assert [entry for entry in _imports(file) if _top(entry[1]) in forbidden] == []


@pytest.mark.parametrize("file", _sources(ENGINE, SHELL), ids=_name)
def test_the_driver_is_used_by_its_public_names(file: Path) -> None:
    inside = [entry for entry in _imports(file) if entry[1].startswith(f"{DRIVER}.")]
    simulator = [entry for entry in inside if entry[1] == f"{DRIVER}.simulator"]
    assert [entry for entry in inside if entry not in simulator] == []


@pytest.mark.parametrize("file", _sources(*FLOORS), ids=_name)
def test_libraries_are_imported_by_names(file: Path) -> None:
    """``import gsm_driver`` cannot be moved into the release zip; ``from gsm_driver import Modem`` can."""
    assert [entry for entry in _imports(file) if not entry[2] and _top(entry[1]) in FLOORS] == []


@pytest.mark.parametrize("file", _sources(DRIVER, ENGINE), ids=_name)
def test_relative_imports_are_for_siblings(file: Path) -> None:
    deep = [
        node.lineno for node in ast.walk(_tree(file)) if isinstance(node, ast.ImportFrom) and node.level > 1
    ]
    assert deep == []


@pytest.mark.parametrize("file", _sources(*PURE), ids=_name)
def test_pure_rooms_import_the_standard_library_and_values_only(file: Path) -> None:
    own = next(room.replace("/", ".") for room in PURE if _name(file).startswith(f"{room}/"))
    bad = [
        (line, module, name)
        for line, module, name in _imports(file)
        if _top(module) in IMPURE
        or not (_top(module) in sys.stdlib_module_names or module.startswith(own) or _is_value(module, name))
    ]
    assert bad == []


def _is_value(module: str, name: str) -> bool:
    return module in VALUES or f"{module}.{name}" in VALUES


def test_at_and_pdu_do_not_know_each_other() -> None:
    crossing = [
        (_name(file), module)
        for room, other in (("gsm_driver/at", "gsm_driver.pdu"), ("gsm_driver/pdu", "gsm_driver.at"))
        for file in _sources(room)
        for _, module, _ in _imports(file)
        if module.startswith(other)
    ]
    assert crossing == []


@pytest.mark.parametrize("file", _sources(*FLOORS), ids=_name)
def test_one_room_touches_serial_ports(file: Path) -> None:
    if _name(file) not in SERIAL_ROOMS:
        assert [entry for entry in _imports(file) if _top(entry[1]) in SERIAL] == []


@pytest.mark.parametrize("file", _sources(DRIVER, ENGINE), ids=_name)
def test_the_libraries_run_on_the_oldest_python(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 11))
    assert ast.get_docstring(tree)
    if file.name != "__init__.py":
        first = tree.body[1]
        assert isinstance(first, ast.ImportFrom)
        assert first.module == "__future__"


@pytest.mark.parametrize("file", _sources(*FLOORS), ids=_name)
def test_sizes_are_readable(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert _name(file) in TABLES or text.count("\n") <= MAX_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert _lines(node) <= MAX_FUNCTION, node.name
        if isinstance(node, ast.ClassDef):
            assert _lines(node) <= MAX_CLASS, node.name


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert [_name(file) for file in _sources(*FLOORS, "scripts") if file.stem in drawers] == []


def _public_texts() -> list[Path]:
    texts = [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "custom_components").rglob("*.yaml"),
    ]
    texts += (ROOT / "custom_components").rglob("translations/*.json")
    return sorted(file for file in texts if file.is_file() and file.name != "architecture.md")


@pytest.mark.parametrize("file", _public_texts(), ids=_name)
def test_one_word_per_thing(file: Path) -> None:
    assert FORBIDDEN_WORDS.findall(file.read_text(encoding="utf-8")) == []


def test_public_names_of_the_driver_are_pinned() -> None:
    from gsm_driver import __all__ as names  # noqa: PLC0415 - the other tests need no importable driver

    assert tuple(sorted(names)) == PUBLIC_NAMES_OF_THE_DRIVER
