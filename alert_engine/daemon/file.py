"""gateway.yaml, the daemon's configuration file: YAML to settings, and errors with line and column."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from alert_engine.config.advice import advice_of
from alert_engine.config.document import gateway_settings_from
from alert_engine.config.shapes import error_at
from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from datetime import tzinfo

    from alert_engine.config.document import GatewaySettings

_LOCAL_TIME = Path("/etc/localtime")  # where Linux and macOS keep the zone of the machine

_TOO_DEEP = "the file is nested too deeply, or something in it holds itself"


def load_gateway_settings(path: Path) -> GatewaySettings:
    """Read a configuration file. Paths in it are relative to its folder, times are in this machine's zone.

    Raises:
        ConfigError: it cannot be read or makes no sense; with line and column where there is one.
    """
    return load_with_advice(path)[0]


def load_with_advice(path: Path) -> tuple[GatewaySettings, tuple[str, ...]]:
    """The same, and what a person should look at, with line and column. Raises ConfigError."""
    root, data = _parse(path)
    try:
        settings = gateway_settings_from(data, folder=path.resolve().parent, time_zone=_local_zone())
    except ConfigError as err:
        raise _located(err, root) from None
    except RecursionError:
        raise ConfigError(_TOO_DEEP) from None
    return settings, tuple(
        str(_located(error_at(advice.path, advice.text), root)) if advice.path else advice.text
        for advice in advice_of(settings)
    )


class _Loader(yaml.SafeLoader):
    """Says where it is what looks like a date or a number and is none."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's own signature
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, TypeError):
            problem = "this looks like a date or a number and is none: put it in quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def _parse(path: Path) -> tuple[yaml.Node | None, Any]:
    """The file as nodes, which know their place, and as data."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=_Loader)
        _check_keys(root, set())
        return root, yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except OSError as err:
        raise ConfigError(f"the file cannot be read: {err.strerror}") from err
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8") from None
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise _at(mark, f"this is no YAML: {err.problem}", path=()) from None
    except yaml.reader.ReaderError as err:
        mark = _mark(text, err.position)
        raise _at(
            mark, f"no text has the character {err.character:#04x}: was the file cut off?", path=()
        ) from None
    except RecursionError:
        raise ConfigError(_TOO_DEEP) from None


def _mark(text: str, position: int) -> yaml.Mark:
    line = text.count("\n", 0, position)
    return yaml.Mark("", position, line, position - (text.rfind("\n", 0, position) + 1), None, 0)


def _check_keys(node: yaml.Node | None, seen: set[int]) -> None:
    """Keys are words, and each is there once: YAML lets the later of two equal keys win in silence."""
    if node is None or id(node) in seen:
        return  # an alias names what was checked
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, seen)
    elif isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key.start_mark, "a key must be a word", path=())
            if key.value in names:
                raise _at(key.start_mark, f"{key.value}: this key is there twice", path=())
            names.add(key.value)
            _check_keys(value, seen)


def _located(err: ConfigError, root: yaml.Node | None) -> ConfigError:
    """The same error with the place in the file: of the value, else of the nearest that exists."""
    node = root
    mark = root.start_mark if root is not None else None
    for step in err.path:
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
    return _at(mark, str(err), path=err.path)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    """Where a key or an item begins, and its node."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item.start_mark, item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark, value
    return None


def _at(mark: yaml.Mark | None, text: str, *, path: tuple[str | int, ...]) -> ConfigError:
    if mark is None:
        return ConfigError(text, path=path)
    line, column = mark.line + 1, mark.column + 1
    return ConfigError(f"line {line}, column {column}: {text}", path=path, line=line, column=column)


def _local_zone() -> tzinfo:
    """The zone of this machine with its rules for summer time; UTC where it has none."""
    try:
        with _LOCAL_TIME.open("rb") as file:
            return ZoneInfo.from_file(file, key=str(_LOCAL_TIME.resolve().name))
    except (OSError, ValueError):
        return UTC
