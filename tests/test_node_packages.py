"""npm packages for tests: exactly those that are locked, or none and words that say why."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from scripts.lib import install_test_parts, node_packages
from scripts.lib.node_packages import NodePackagesError
from tests.engine.brokers import allow_sockets, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS_NPM = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on this machine")


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, *_words: Any) -> None:
        """Nothing."""


def tarball() -> bytes:
    """A package of one file."""
    package = json.dumps({"name": "pump", "version": "1.0.0"}).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(package)
        archive.addfile(member, io.BytesIO(package))
    return packed.getvalue()


def hash_of(octets: bytes) -> str:
    """As a lock file has it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(octets).digest()).decode()


def lock(folder: Path, integrity: str) -> Path:
    """A folder with a lock file that wants the package, and no registry's name."""
    folder.mkdir()
    wanted = {"dependencies": {"pump": "1.0.0"}}
    packages = {"": wanted, "node_modules/pump": {"version": "1.0.0", "integrity": integrity}}
    locked = {"name": "x", "lockfileVersion": 3, "requires": True, "packages": packages}
    (folder / "package.json").write_text(json.dumps(wanted), encoding="utf-8")
    (folder / "package-lock.json").write_text(json.dumps(locked), encoding="utf-8")
    return folder


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A registry on this machine that has the package; its octets."""
    allow_sockets()
    octets = tarball()
    served = tmp_path / "served"
    served.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    address = f"http://127.0.0.1:{server.server_port}"
    version = {"name": "pump", "version": "1.0.0", "dist": {"tarball": f"{address}/pump.tgz"}}
    told = {"name": "pump", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    (served / "pump").write_text(json.dumps(told), encoding="utf-8")
    (served / "pump.tgz").write_bytes(octets)
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield octets
    server.shutdown()
    serving.join()
    server.server_close()


@NEEDS_NPM
def test_what_is_locked_is_installed_once(registry: bytes, tmp_path: Path) -> None:
    home, locked = tmp_path / "home", lock(tmp_path / "locked", hash_of(registry))
    assert not node_packages.are_installed(home, locked)
    node_packages.install(home, locked)
    assert (node_packages.modules(home) / "pump" / "package.json").is_file()
    assert node_packages.are_installed(home, locked)
    (locked / "package-lock.json").write_text("{}", encoding="utf-8")
    assert not node_packages.are_installed(home, locked)


@NEEDS_NPM
@pytest.mark.usefixtures("registry")
def test_other_octets_than_those_that_are_locked_are_refused(tmp_path: Path) -> None:
    home, locked = tmp_path / "home", lock(tmp_path / "locked", hash_of(b"another package"))
    with pytest.raises(NodePackagesError, match="npm ended with code"):
        node_packages.install(home, locked)
    assert not node_packages.are_installed(home, locked)


@NEEDS_NPM
def test_without_a_registry_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    allow_sockets()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    install_test_parts.install_node_packages_or_tell(tmp_path / "home")
    assert "Not installed: npm ended with code" in capfd.readouterr().err


def test_without_npm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodePackagesError, match="npm is not on this machine"):
        node_packages.install(tmp_path / "home", lock(tmp_path / "locked", ""))


def test_every_locked_package_has_a_hash_and_no_address() -> None:
    locked = json.loads((node_packages.LOCKED / "package-lock.json").read_text(encoding="utf-8"))
    root, *packages = locked["packages"].values()
    assert root["dependencies"] == {"smpp": "0.5.1"}
    assert [each["integrity"].split("-")[0] for each in packages] == ["sha512"] * 3
    assert not any("resolved" in each for each in packages)


def test_node_looks_where_they_are_and_where_else_it_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_PATH", "/elsewhere")
    assert node_packages.surroundings(tmp_path)["NODE_PATH"] == f"{tmp_path / 'node_modules'}:/elsewhere"
    monkeypatch.delenv("NODE_PATH")
    assert node_packages.surroundings(tmp_path)["NODE_PATH"] == str(tmp_path / "node_modules")
