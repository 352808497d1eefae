"""Makes the environment of one use under ``.venv/<use>``, from its hash-pinned requirements.

``python3 -m scripts.lib.environment USE`` prints the path of the environment's Python on standard output and
nothing else there; what it does is told on standard error. A second call takes a fraction of a second.
It runs on any Python from 3.9 on, because it is what finds a newer one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from scripts.lib import debian

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = Path(os.environ.get("AGW_VENV_ROOT", ROOT / ".venv"))
STAMP = ".made-from"

HOME_ASSISTANT_PYTHON = ">=3.14.2,<3.15"  # what Home Assistant 2026.9 and later ask for, and have wheels for
LIBRARY_PYTHON = ">=3.11"
OLDER_PYTHONS = ("3.11", "3.12", "3.13")  # the libraries are also tested on the oldest of these that is here

# The download host may be out of reach; then the next way is tried, so fail soon.
DOWNLOAD_LIMITS = {"UV_HTTP_TIMEOUT": "20", "UV_HTTP_RETRIES": "1"}

VENV = [sys.executable, "-m", "venv", "--clear"]
INTERRUPTED = 130  # exit code of a shell's program that Ctrl-C ended
NO_PYTHON_FOR_USE = 3  # exit code: the use needs a Python that this machine does not have, and can do without


class Use(NamedTuple):
    """One purpose, its Python and what it is, for people; by default its requirements have its name."""

    python: str
    contents: str
    requirements: str = ""


USES = {
    "run": Use(LIBRARY_PYTHON, "the daemon and the driver"),
    "libs": Use("oldest", "tests of the two libraries on an older Python"),
    "test": Use(HOME_ASSISTANT_PYTHON, "tests, with Home Assistant"),
    "check": Use(HOME_ASSISTANT_PYTHON, "linters and type checks, with Home Assistant"),
    "build": Use(HOME_ASSISTANT_PYTHON, "what makes the release"),
    "demo": Use(HOME_ASSISTANT_PYTHON, "Home Assistant, current release, and an MQTT broker"),
    "browser": Use(HOME_ASSISTANT_PYTHON, "the demo, and what drives a browser through it"),
    "bench": Use("oldest", "the driver and its peers, to be measured"),
    "fuzz": Use(HOME_ASSISTANT_PYTHON, "what fuzzes the parsers"),
    "audit": Use(HOME_ASSISTANT_PYTHON, "what asks for known weaknesses of packages"),
    "bench-newest": Use(HOME_ASSISTANT_PYTHON, "the same on the newest Python", "bench"),
}


class SetupError(Exception):
    """The environment cannot be made; the text says why and what to do."""


class PythonMissingError(SetupError):
    """No Python of the wanted version is here, and none may be fetched."""


def tell(text: str) -> None:
    """Say something to the person who waits."""
    print(text, file=sys.stderr, flush=True)


def environment_python(use: str) -> Path:
    """The Python inside the environment of a use."""
    return ENVIRONMENTS / use / "bin" / "python"


def requirements_file(use: str) -> Path:
    """What the environment of a use is made from."""
    return ROOT / "requirements" / f"{USES[use].requirements or use}.txt"


def requirements_digest(use: str) -> str:
    """What the environment's stamp must say to be still good."""
    return hashlib.sha256(requirements_file(use).read_bytes()).hexdigest()


def is_made(use: str) -> bool:
    """The environment is there and was made from the requirements as they are now."""
    stamp = ENVIRONMENTS / use / STAMP
    return (
        stamp.is_file()
        and stamp.read_text().strip() == requirements_digest(use)
        and environment_python(use).exists()
    )


def make_environment(use: str) -> Path:
    """Make the environment of a use unless it is there; returns its Python."""
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / ".lock").open("w") as lock:  # two programs may be started at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_made(use):
            _make(use)
    return environment_python(use)


def _make(use: str) -> None:
    started = time.monotonic()
    tell(f"Making the environment '{use}': {USES[use].contents}. This is done once.")
    uv = find_uv()
    python = find_python(uv, USES[use].python)
    folder = ENVIRONMENTS / use
    shutil.rmtree(folder, ignore_errors=True)
    run([uv, "venv", "--quiet", "--no-project", "--python", python, str(folder)])
    requirements = requirements_file(use)
    quiet = [] if sys.stderr.isatty() else ["--quiet"]  # a terminal sees the progress bars
    count = requirements.read_text().count("==")
    tell(f"  installing {count} pinned packages with {python}")
    python_inside = str(environment_python(use))
    run(
        [uv, "pip", "install", *quiet, "--python", python_inside, "--require-hashes", "-r", str(requirements)]
    )
    (folder / STAMP).write_text(requirements_digest(use) + "\n")
    tell(f"  done in {time.monotonic() - started:.0f} s")


def find_uv() -> str:
    """The uv on the PATH if it works, else our own in an environment of its own."""
    own = ENVIRONMENTS / "uv" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and _answers([candidate, "--version"]):
            return candidate
    tell("  uv is not here: installing it into an environment of its own")
    _make_venv_with_pip(own.parents[1])
    pip = [str(own.with_name("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / "uv.txt")])
    return str(own)


def _make_venv_with_pip(folder: Path) -> None:
    if make_venv_by_any(folder, pythons_here()):
        return
    if reason := debian.why_not_apt():  # Debian's python3 leaves ensurepip to another package
        raise SetupError(f"Python's venv module is not complete here ({reason}). Install python3-venv or uv.")
    tell("  installing Debian's python3-venv, to get uv (AGW_NO_APT=1 forbids this)")
    debian.update()
    debian.install(["python3-venv"])
    if make_venv_by_any(folder, pythons_here()):
        return
    # The Python of the next release came with something else, and cannot load the pip of this one.
    debian.install(["python3-venv", "python3-pip-whl"], from_next_release=True)
    run([*VENV, str(folder)])


def pythons_here() -> list[str]:
    """The Python that runs this, then others: the newest may lack the pip that an older one has."""
    names = ("python3", *(f"python3.{minor}" for minor in range(9, 15)))
    return list(dict.fromkeys([sys.executable, *(found for name in names if (found := shutil.which(name)))]))


def make_venv_by_any(folder: Path, pythons: list[str]) -> bool:
    """Whether one of the Pythons could make an environment that has pip."""
    return any(_answers([python, *VENV[1:], str(folder)]) for python in pythons)


def find_python(uv: str, wanted: str) -> str:
    """A Python of the wanted version: one that is here, else uv's download, else Debian's next release."""
    if wanted == "oldest":
        return _oldest_python(uv)
    if found := _installed_python(uv, wanted):
        return found
    tell(f"  no Python {wanted} here: asking uv to fetch one")
    newest = {HOME_ASSISTANT_PYTHON: "3.14"}.get(wanted, "3.13")
    fetched = subprocess.run(
        [uv, "python", "install", "--no-bin", newest],
        env={**os.environ, **DOWNLOAD_LIMITS},
        stdout=2,
        check=False,
    )
    if fetched.returncode == 0 and (found := _installed_python(uv, wanted)):
        return found
    return _debian_python(uv, wanted)


def _oldest_python(uv: str) -> str:
    for version in OLDER_PYTHONS:
        if found := _installed_python(uv, version):
            return found
    raise PythonMissingError(f"none of the Pythons {', '.join(OLDER_PYTHONS)} is on this machine")


def _debian_python(uv: str, wanted: str) -> str:
    if reason := debian.why_not_apt():
        raise PythonMissingError(
            f"A Python {wanted} is needed. None is here, uv could not fetch one, and Debian's packages "
            f"are no way out ({reason}). Install Python 3.14.2 or later and start again."
        )
    tell(debian.WHAT_THE_NEXT_RELEASE_CHANGES.format(package="python3.14-venv"))
    debian.add_next_release()
    debian.update()
    debian.install(["python3.14-venv"], from_next_release=True)
    if found := _installed_python(uv, wanted):
        return found
    raise PythonMissingError(f"python3.14-venv was installed, and still no Python {wanted} is found")


def _installed_python(uv: str, wanted: str) -> str | None:
    command = [uv, "python", "find", "--system", "--no-project", "--no-python-downloads", wanted]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


def _answers(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def run(command: list[str]) -> None:
    """Run a program; its talk goes to standard error."""
    if (code := subprocess.run(command, stdout=2, check=False).returncode) != 0:
        raise SetupError(f"{' '.join(command[:3])} … ended with code {code}; its last words are above")


def main(arguments: list[str]) -> int:
    """Make the environment that is named, and print its Python."""
    if len(arguments) != 1 or arguments[0] not in USES:
        tell(f"usage: python3 -m scripts.lib.environment {{{','.join(USES)}}}")
        return 2
    use = arguments[0]
    try:
        print(make_environment(use))
    except PythonMissingError as err:
        tell(str(err))
        return NO_PYTHON_FOR_USE
    except (SetupError, debian.AptError) as err:
        tell(str(err))
        return 1
    except KeyboardInterrupt:
        tell("Stopped; the next start begins anew.")
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
