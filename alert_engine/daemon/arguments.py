"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigurationFile = Annotated[Path, typer.Argument(metavar="GATEWAY.YAML", help="The configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: one JSON object a line.")]
Limit = Annotated[int, typer.Option(help="At most so many, the newest first.", min=1, max=100_000)]
