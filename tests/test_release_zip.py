"""The release zip: reproducible, complete, and loadable by a Home Assistant that has nothing else of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from scripts.lib.build_release import LEFT_OUT, project_version, write_zip
from scripts.lib.vendoring import VendoringError, absolute_imports, dangling_imports, vendor_source

# Imports every module of the unpacked integration as Home Assistant does: from its configuration folder, by
# the package custom_components. Run with -I, so that neither this repository nor PYTHONPATH helps.
IMPORT_ALL = """
import importlib, pathlib, sys
config = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(config))
import homeassistant.core
root = config / "custom_components"
for file in sorted((root / "alert_gateway").rglob("*.py")):
    parts = file.relative_to(config).with_suffix("").parts
    importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
ours = {"gsm_driver", "alert_engine", "serial", "typer"} & set(sys.modules)
assert not ours, f"imported from outside of the zip: {ours}"
"""


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


def test_home_assistant_can_import_every_module(release: Path, tmp_path: Path) -> None:
    target = tmp_path / "custom_components" / "alert_gateway"
    with zipfile.ZipFile(release) as archive:
        archive.extractall(target)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


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
