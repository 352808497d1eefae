"""Checks offline what hassfest and the HACS action would complain about: ``python -m scripts.lib.validate``.

Neither can be run without its servers, so their rules are written again here, as far as they concern this
integration. The real ones run in ``.github/workflows/validate.yml``.
"""

from __future__ import annotations

import sys

from . import (
    blueprints,
    hacs,
    icons,
    manifest,
    quality_code,
    quality_docs,
    quality_scale,
    services,
    translations,
)
from .sources import load

CHECKS = (
    manifest,
    translations,
    services,
    icons,
    quality_scale,
    quality_code,
    quality_docs,
    blueprints,
    hacs,
)


def main() -> int:
    """Print each fault; returns 1 if there is any."""
    integration = load()
    faults = [
        f"{check.__name__.rpartition('.')[2]}: {fault}"
        for check in CHECKS
        for fault in check.faults(integration)
    ]
    print(*faults, sep="\n", file=sys.stderr)
    print(f"integration: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
