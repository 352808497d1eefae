"""What all that is shown has in common."""

from typing import Any


def fields(of: object, *names: str) -> dict[str, Any]:
    """Return these attributes as they are: none in which a number may stand, those go through the lens."""
    return {name: getattr(of, name) for name in names}
