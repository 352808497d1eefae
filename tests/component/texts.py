"""The texts of the integration, as they are shipped."""

import json
from pathlib import Path
from typing import Any

import custom_components.alert_gateway as component

_FOLDER = Path(component.__file__).parent / "translations"
LANGUAGES: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(_FOLDER.glob("*.json"))
}
TEXTS = LANGUAGES["en"]
