"""Frozen dataclasses that are made quickly.

The ``__init__`` that `dataclasses` writes for a frozen class calls ``object.__setattr__`` for each field: a
quarter of the time of decoding a message. The one written here fills the slots by their descriptors, in half
that time.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TypeVar

C = TypeVar("C", bound=type)


def quick(cls: C) -> C:
    """A quicker ``__init__`` for a frozen, slotted dataclass without ``__post_init__`` or default factories.

    Put it above ``@dataclass``. Nothing else about the class changes.
    """
    scope: dict[str, object] = {}
    parameters = ["self"]
    body = []
    for field in fields(cls):
        if field.kw_only and "*" not in parameters:
            parameters.append("*")
        has_default = field.default is not MISSING
        scope[f"_default_{field.name}"] = field.default
        scope[f"_set_{field.name}"] = getattr(cls, field.name).__set__
        parameters.append(f"{field.name}=_default_{field.name}" if has_default else field.name)
        body.append(f"    _set_{field.name}(self, {field.name})")
    source = "\n".join((f"def __init__({', '.join(parameters)}):", *body))
    exec(source, scope)  # noqa: S102  # as dataclasses does; it is made of field names only
    cls.__init__ = scope["__init__"]  # type: ignore[misc]  # it is the class that was just made
    return cls
