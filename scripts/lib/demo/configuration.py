"""Home Assistant's configuration folder: the least it needs, on loopback only, and our release zip."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

from scripts.lib.build_release import ZIP_NAME, write_zip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Programs that a machine may lack and that an alarm does not need: their absence is no news here.
YAML = """\
homeassistant:
  name: Alert Gateway demo
  country: AT
  unit_system: metric
  time_zone: Europe/Vienna
api:
config:
history:
logbook:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    custom_components.alert_gateway: debug
    homeassistant.util.package: info
    homeassistant.loader: error
    homeassistant.components.camera.img_util: critical
    homeassistant.components.assist_pipeline: critical
    haffmpeg: critical
    aiohttp_fast_zlib: error
"""

# The steps of the first visit that reach for the internet.
ONLINE_STEPS = ("core_config", "analytics")
# All that the first visit would ask, except for the first user.
ALL_BUT_THE_USER = (*ONLINE_STEPS, "integration")


def http_storage(port: int) -> dict[str, Any]:
    """What Home Assistant keeps of its web server; since 2026.10 ``http:`` in YAML is a five-minute trial."""
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {
        "version": 2,
        "minor_version": 2,
        "key": "http",
        "data": {"stable": stable, "pending": None, "yaml_migration_done": True},
    }


def onboarding_storage(done: Sequence[str]) -> dict[str, Any]:
    """The first visit, with these of its steps done."""
    return {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": list(done)}}


def write_configuration(
    folder: Path, *, http_port: int, onboarding_done: Sequence[str] = ALL_BUT_THE_USER
) -> bool:
    """Write what is missing; True if the folder is new."""
    storage = folder / ".storage"
    is_new = not storage.exists()
    storage.mkdir(parents=True, exist_ok=True)
    (folder / "configuration.yaml").write_text(YAML)
    if is_new:
        (storage / "http").write_text(json.dumps(http_storage(http_port)))
        (storage / "onboarding").write_text(json.dumps(onboarding_storage(onboarding_done)))
    return is_new


def install_integration(folder: Path) -> Path:
    """Build the release zip and unpack it as HACS does; returns the zip."""
    built = write_zip(folder.parent / ZIP_NAME)
    target = folder / "custom_components" / "alert_gateway"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with zipfile.ZipFile(built) as archive:
        archive.extractall(target)
    return built
