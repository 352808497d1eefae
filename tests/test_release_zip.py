"""The release zip: reproducible, complete, and loadable by a Home Assistant that has nothing else of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from contextlib import suppress
from importlib import metadata, resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.lib.build_release import INTEGRATION, LEFT_OUT, project_version, write_zip
from scripts.lib.vendoring import VendoringError, absolute_imports, dangling_imports, vendor_source

if TYPE_CHECKING:
    from collections.abc import Iterable

# Imports every module of the unpacked integration as Home Assistant does: from its configuration folder, by
# the package custom_components. Run with -I, so that neither this repository nor PYTHONPATH helps. What Home
# Assistant would not have is not found; which modules wanted it is the answer.
IMPORT_ALL = """
import importlib, json, pathlib, sys
from importlib.machinery import PathFinder
config = pathlib.Path(sys.argv[1])
barred = set(json.loads(sys.argv[2]))

class WhatIsThere(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in barred else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WhatIsThere
sys.path.insert(0, str(config))
import homeassistant.core
root = config / "custom_components" / "alert_gateway"
wanted = {}
for file in sorted(root.rglob("*.py")):
    parts = file.relative_to(config).with_suffix("").parts
    try:
        importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    except ModuleNotFoundError as err:
        wanted[str(file.relative_to(root))] = err.name
ours = {"gsm_driver", "alert_engine", "serial"} & set(sys.modules)
assert not ours, f"imported from outside of the zip: {ours}"
print(json.dumps(wanted))
"""

# Home Assistant gets these libraries when somebody sets up an account that needs one.
MODULES_FOR_SOME_ACCOUNTS = {
    "alert_engine/routes/file_drop/conversation.py": "aioftp",
    "alert_engine/routes/file_drop/handover.py": "aioftp",
    "alert_engine/routes/smtp/conversation.py": "aiosmtplib",
    "alert_engine/routes/smtp/handover.py": "aiosmtplib",
}


def requirements_of(integrations: Iterable[str]) -> set[str]:
    """Of integrations of Home Assistant's and of those that they come after: it fetches both."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(integrations)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            file = resources.files("homeassistant.components") / name / "manifest.json"
            manifest = json.loads(file.read_text(encoding="utf-8"))
            found.update(manifest.get("requirements", ()))
            waiting += [*manifest.get("dependencies", ()), *manifest.get("after_dependencies", ())]
    return found


def distributions_of(requirements: Iterable[str]) -> set[str]:
    """The names of these distributions and of all that they need."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        if name in found or not (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        with suppress(metadata.PackageNotFoundError):
            waiting += metadata.requires(name) or ()
    return found


def not_in_home_assistant() -> list[str]:
    """Top-level modules of this environment that a Home Assistant with the integration need not have."""
    manifest = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
    depended = requirements_of(manifest["dependencies"])
    there = distributions_of(["homeassistant", *manifest["requirements"], *depended])
    return sorted(
        module
        for module, owners in metadata.packages_distributions().items()
        if there.isdisjoint(map(canonicalize_name, owners))
    )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_zip(tmp_path_factory.mktemp("release") / "alert_gateway.zip")


def test_the_same_sources_give_the_same_bytes(release: Path, tmp_path: Path) -> None:
    assert write_zip(tmp_path / "again.zip").read_bytes() == release.read_bytes()


def test_the_root_is_the_integration(release: Path) -> None:
    """HACS unpacks it into ``custom_components/alert_gateway``."""
    names = set(zipfile.ZipFile(release).namelist())
    assert {
        "manifest.json",
        "__init__.py",
        "LICENSE",
        "gsm_driver/__init__.py",
        "alert_engine/__init__.py",
    } <= names


def test_programs_are_left_out(release: Path) -> None:
    names = {PurePosixPath(name) for name in zipfile.ZipFile(release).namelist()}
    assert not [name for name in names if any(left == name or left in name.parents for left in LEFT_OUT)]


def test_the_page_is_inside_with_everything_that_it_loads(release: Path) -> None:
    frontend = INTEGRATION / "panel" / "frontend"
    with zipfile.ZipFile(release) as archive:
        names = set(archive.namelist())
    for file in frontend.rglob("*"):
        assert file.is_dir() or f"panel/frontend/{file.relative_to(frontend).as_posix()}" in names, file


def test_there_is_one_version(release: Path) -> None:
    with zipfile.ZipFile(release) as archive:
        assert json.loads(archive.read("manifest.json"))["version"] == project_version()


def test_nothing_refers_to_the_libraries_by_their_top_level_names(release: Path) -> None:
    with zipfile.ZipFile(release) as archive:
        sources = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
    assert {
        name: list(absolute_imports(source))
        for name, source in sources.items()
        if list(absolute_imports(source))
    } == {}


def test_home_assistant_can_import_every_module_that_it_needs(release: Path, tmp_path: Path) -> None:
    barred = not_in_home_assistant()
    assert {"aioftp", "aiosmtpd", "aiosmtplib", "typer", "prometheus_client", "pytest"} <= set(barred)
    target = tmp_path / "custom_components" / "alert_gateway"
    with zipfile.ZipFile(release) as archive:
        archive.extractall(target)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL, str(tmp_path), json.dumps(barred)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == MODULES_FOR_SOME_ACCOUNTS


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("sensor.py", "from gsm_driver import Modem\n", "from .gsm_driver import Modem\n"),
        ("gsm_driver/modem.py", "from gsm_driver.at import x\n", "from ..gsm_driver.at import x\n"),
        ("gsm_driver/at/a.py", "from gsm_driver.errors import E\n", "from ...gsm_driver.errors import E\n"),
        (
            "alert_engine/routes/m.py",
            "from gsm_driver import (\n    A,\n)\n",
            "from ...gsm_driver import (\n    A,\n)\n",
        ),
        ("a.py", "def f():\n    from gsm_driver import A\n", "def f():\n    from .gsm_driver import A\n"),
        ("a.py", "ä = 'ö'; from alert_engine import A\n", "ä = 'ö'; from .alert_engine import A\n"),
        ("a.py", "x = 'from gsm_driver import A'\n", "x = 'from gsm_driver import A'\n"),
        ("a.py", "# from gsm_driver import A\n", "# from gsm_driver import A\n"),
        ("a.py", "from gsm_drivers import A\n", "from gsm_drivers import A\n"),
        ("a.py", "from .gsm_driver import A\r\n", "from .gsm_driver import A\r\n"),
    ],
)
def test_imports_become_relative(path: str, before: str, after: str) -> None:
    assert vendor_source(before.encode(), PurePosixPath(path)).decode() == after


@pytest.mark.parametrize(
    "source",
    [
        "import gsm_driver\n",
        "import gsm_driver.at as at\n",
        "import os, alert_engine\n",
        "import importlib\nimportlib.import_module('gsm_driver.cli')\n",
        "__import__('alert_engine')\n",
        "from \\\n    gsm_driver import A\n",
        "def f(:\n",
    ],
)
def test_what_cannot_be_moved_is_refused(source: str) -> None:
    with pytest.raises(VendoringError, match=r"a\.py:\d"):
        vendor_source(source.encode(), PurePosixPath("a.py"))


def test_an_import_that_leads_nowhere_is_found() -> None:
    files = {
        PurePosixPath(
            "__init__.py"
        ): b"from .gsm_driver.at import session, gone\nfrom . import const\nX: int = 1\n",
        PurePosixPath("const.py"): b"from . import X, Y\n",
        PurePosixPath("gsm_driver/__init__.py"): b"from .lost import y\n",
        PurePosixPath("gsm_driver/at/__init__.py"): b"from ...gsm_driver import y\n",
        PurePosixPath("gsm_driver/at/session.py"): b"",
    }
    assert list(dangling_imports(files)) == [
        "__init__.py:1: gsm_driver.at.gone",
        "const.py:1: Y",
        "gsm_driver/__init__.py:1: gsm_driver.lost",
    ]
