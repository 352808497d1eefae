"""gateway.yaml, the daemon's configuration file: YAML to settings, and errors with line and column."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from alert_engine.config.document import gateway_settings_from
from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from datetime import tzinfo

    from alert_engine.config.document import GatewaySettings

_LOCAL_TIME = Path("/etc/localtime")  # where Linux and macOS keep the zone of the machine


def load_gateway_settings(path: Path) -> GatewaySettings:
    """Read a configuration file. Paths in it are relative to its folder, times are in this machine's zone.

    Raises:
        ConfigError: it cannot be read or makes no sense; with line and column where there is one.
    """
    root, data = _parse(path)
    try:
        return gateway_settings_from(data, folder=path.resolve().parent, time_zone=_local_zone())
    except ConfigError as err:
        raise _located(err, root) from None


def _parse(path: Path) -> tuple[yaml.Node | None, Any]:
    """The file as nodes, which know their place, and as data."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_double_keys(root)
        return root, yaml.safe_load(text)
    except OSError as err:
        raise ConfigError(f"the file cannot be read: {err.strerror}") from err
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8") from None
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        raise _at(mark, f"this is no YAML: {err.problem}", path=()) from None


def _refuse_double_keys(node: yaml.Node | None) -> None:
    """YAML lets the later of two equal keys win in silence."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_double_keys(item)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise _at(key.start_mark, f"{key.value}: this key is there twice", path=())
            seen.add(key.value)
            _refuse_double_keys(value)


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
