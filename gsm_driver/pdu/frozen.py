"""Frozen dataclasses that are made quickly.

The ``__init__`` that `dataclasses` writes for a frozen class calls ``object.__setattr__`` for each field: a
quarter of the time of decoding a message. Two cures are here: `quick` for whoever calls the class, and
`maker` for the few places that make an instance for every message.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C", bound=type)
T = TypeVar("T")


def quick(cls: C) -> C:
    """A quicker ``__init__`` for a frozen, slotted dataclass without ``__post_init__`` or default factories.

    It fills the slots by their descriptors, in half the time. Put it above ``@dataclass``. Nothing else about
    the class changes.
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


def maker(cls: type[T], *names: str) -> Callable[..., T]:
    """A function that makes instances of a frozen, slotted dataclass, in a quarter of the time or less.

    It takes the values in the order of `names`, which must be all fields in the order of the class: said here
    so that a reader sees what is what, and a new field is not forgotten. Neither ``__init__`` nor
    ``__post_init__`` is called.

    The instance is filled as one of a class with the same slots that is not frozen, and handed over to `cls`
    before anybody else can see it.
    """
    if names != tuple(field.name for field in fields(cls)):  # type: ignore[arg-type]  # any dataclass
        raise TypeError(f"the fields of {cls.__name__} are others, or in another order")
    scope: dict[str, object] = {"cls": cls, "open_class": type(cls.__name__, (), {"__slots__": names})}
    lines = [
        f"def make({', '.join(names)}):",
        "    instance = open_class()",
        *(f"    instance.{name} = {name}" for name in names),
        "    instance.__class__ = cls",
        "    return instance",
    ]
    exec("\n".join(lines), scope)  # noqa: S102  # as in `quick`
    return scope["make"]  # type: ignore[return-value]  # the function that was just made
