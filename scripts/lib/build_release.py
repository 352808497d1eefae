"""Builds what users install: ``alert_gateway.zip`` for Home Assistant, the wheel for daemon and driver.

``scripts/build_release [--output dist] [--zip-only]``. The zip's root is the integration's folder, as HACS
unpacks it; both libraries are inside (see adr/0001). The same sources always give the same bytes: names are
sorted, times fixed, and nothing is compressed, so that no version of a compressor shows.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from scripts.lib.environment import ROOT, find_uv
from scripts.lib.vendoring import (
    LIBRARIES,
    VendoringError,
    absolute_imports,
    dangling_imports,
    third_party_imports,
    vendor_source,
)

INTEGRATION = ROOT / "custom_components" / "alert_gateway"
ZIP_NAME = "alert_gateway.zip"
OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
OLDEST_ZIP_SECONDS = "315532800"  # the same as Unix time, for setuptools
RUNTIME_SUFFIXES = {".py", ".js", ".json", ".yaml", ".png", ".txt", ".typed"}

# Programs: Home Assistant has no use for them, nor always the packages that they need. The simulator stays:
# it is behind the address simulator://.
LEFT_OUT = (
    PurePosixPath("alert_engine/daemon"),
    PurePosixPath("gsm_driver/cli"),
    PurePosixPath("gsm_driver/simulator/__main__.py"),
)
# Not on a Home Assistant machine, or not as a promise of Home Assistant's.
NOT_IN_HOME_ASSISTANT = {"aiosmtpd", "prometheus_client", "rich", "segno", "typer", "yaml"}

Files = dict[PurePosixPath, bytes]


def project_version() -> str:
    """The one version, from pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def release_files() -> Files:
    """All files of the zip by their place in it, checked."""
    files: Files = {path: vendor(source, path) for path, source in _sources().items()}
    files[PurePosixPath("manifest.json")] = versioned_manifest(files[PurePosixPath("manifest.json")])
    files[PurePosixPath("LICENSE")] = (ROOT / "LICENSE").read_bytes()
    check(files)
    return files


def vendor(source: bytes, path: PurePosixPath) -> bytes:
    """Rewrite the imports of a module; any other file stays as it is."""
    return vendor_source(source, path) if path.suffix == ".py" else source


def _sources() -> Files:
    folders = {PurePosixPath(): INTEGRATION, **{PurePosixPath(name): ROOT / name for name in LIBRARIES}}
    return {
        place / PurePosixPath(file.relative_to(folder).as_posix()): file.read_bytes()
        for place, folder in folders.items()
        for file in sorted(folder.rglob("*"))
        if file.suffix in RUNTIME_SUFFIXES and not is_left_out(place / file.relative_to(folder).as_posix())
    }


def is_left_out(path: PurePosixPath) -> bool:
    """The file serves the programs, not Home Assistant."""
    return any(path == left_out or left_out in path.parents for left_out in LEFT_OUT)


def versioned_manifest(manifest: bytes) -> bytes:
    """The manifest with the project's version in it."""
    content: dict[str, Any] = json.loads(manifest)
    return (
        json.dumps({**content, "version": project_version()}, indent=2, ensure_ascii=False) + "\n"
    ).encode()


def check(files: Files) -> None:
    """Raise `VendoringError` for anything that could not work once it is unpacked."""
    faults = [f"{line}: leads to nothing in the zip" for line in dangling_imports(files)]
    for path, source in files.items():
        if path.suffix != ".py":
            continue
        compile(ast.parse(source, filename=str(path)), str(path), "exec", dont_inherit=True)
        faults += [
            f"{path}:{line}: absolute import of a vendored library" for line in absolute_imports(source)
        ]
        faults += [
            f"{path}:{line}: imports {name}, which Home Assistant does not bring"
            for line, name in third_party_imports(source)
            if name in NOT_IN_HOME_ASSISTANT
        ]
    if faults:
        raise VendoringError("the zip would not work:\n  " + "\n  ".join(faults))


def write_zip(target: Path) -> Path:
    """Write the release zip; returns its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(release_files().items()):
            entry = zipfile.ZipInfo(str(path), OLDEST_ZIP_TIME)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target


def build_wheel(output: Path) -> None:
    """Build the wheel of both libraries with uv and the pinned setuptools of this environment."""
    command = [find_uv(), "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # setuptools would leave a build/ that the next wheel copies
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, folder)
        for name in LIBRARIES:
            shutil.copytree(ROOT / name, Path(folder) / name, ignore=shutil.ignore_patterns("__pycache__"))
        environment = {**os.environ, "SOURCE_DATE_EPOCH": OLDEST_ZIP_SECONDS}
        command += ["--out-dir", str(output.resolve()), folder]
        subprocess.run(command, env=environment, check=True, stdout=2)


def main(arguments: list[str]) -> int:
    """Build into the output folder and say what came out."""
    parser = argparse.ArgumentParser(prog="scripts/build_release", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--zip-only", action="store_true", help="no wheel")
    options = parser.parse_args(arguments)
    try:
        built = write_zip(options.output / ZIP_NAME)
    except VendoringError as err:
        print(err, file=sys.stderr)
        return 1
    print(f"{built}  sha256 {hashlib.sha256(built.read_bytes()).hexdigest()}  {built.stat().st_size} bytes")
    if not options.zip_only:
        build_wheel(options.output)
        print(*sorted(str(wheel) for wheel in options.output.glob("*.whl")), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
