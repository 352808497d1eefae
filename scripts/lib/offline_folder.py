"""A configuration folder with the release zip in it, as ``scripts/lib/offline_home.py`` wants it.

``python -m scripts.lib.offline_folder PLACE``, by a Python that Home Assistant takes.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

from scripts.lib.build_release import ZIP_NAME, write_zip
from scripts.lib.demo.configuration import http_storage
from scripts.lib.environment import ROOT

PROGRAM = ROOT / "scripts" / "lib" / "offline_home.py"
ANY_FREE_PORT = 0


def write_folder(place: Path) -> Path:
    """Build the zip and unpack it as HACS does; returns the configuration folder."""
    config = place / "config"
    with zipfile.ZipFile(write_zip(place / ZIP_NAME)) as archive:
        archive.extractall(config / "custom_components" / "alert_gateway")
    (config / ".storage").mkdir()
    (config / ".storage" / "http").write_text(json.dumps(http_storage(ANY_FREE_PORT)), encoding="utf-8")
    return config


if __name__ == "__main__":
    print(write_folder(Path(sys.argv[1])))
