"""Runs the tests: ``python -m scripts.lib.run_tests [PYTEST ARGUMENT …]`` in the environment ``test``.

First the tests of the two libraries on the oldest Python that is here, then all tests on this Python with
branch coverage, so that pytest's count of all tests is the last line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from scripts.lib.coverage_gate import REPORT
from scripts.lib.environment import ROOT, PythonMissingError, SetupError, make_environment, tell

LIBRARY_TESTS = ("tests/driver", "tests/engine")
# Minutes of the same stories: once, on the newest Python, is enough.
LONG_STORIES = tuple(
    f"--ignore=tests/{file}.py"
    for file in (
        "driver/test_fault_sweep",
        "engine/providers/test_stories",
        "engine/test_alarm_stories",
        "engine/test_commands_acceptance",
        "engine/test_commands_forged",
        "engine/test_engine_recovery",
        "engine/test_fallback_stories",
        "engine/test_findings",
        "engine/test_journal_damage",
        "engine/test_mqtt_outages",
        "engine/test_outbox_random",
        "engine/test_retention",
        "engine/test_supervision",
        "engine/test_telling_limits",
        "engine/test_telling_people",
    )
)
# Three for two cores: many tests wait for a process. What takes longest comes first: all end together.
PYTEST = ("-m", "pytest", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
LONGEST_FIRST = ("lab", "e2e", "browser", "test_offline_home.py", "test_bench.py", "component", "engine")
RUN_TIMEOUT = 1500.0  # seconds; one that hangs would hang for ever
COVERAGE = ("--cov", "--cov-report=", f"--cov-report=json:{REPORT}", "-p", "scripts.lib.coverage_gate")


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; returns the first exit code that is not 0."""
    if arguments:
        return _pytest(sys.executable, ["-m", "pytest", *arguments])
    for use in ("demo", "browser"):  # the end-to-end tests run their Home Assistant
        make_environment(use)
    older = _test_libraries_on_an_older_python()
    version = ".".join(map(str, sys.version_info[:3]))
    tell(f"\nAll tests on Python {version}, with Home Assistant:")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    newest = _pytest(sys.executable, [*PYTEST, *COVERAGE, *_longest_first()])
    if older:
        tell("The tests of the libraries failed on the older Python; see above.")
    return newest or older


def _longest_first() -> list[str]:
    """All of ``tests/``, by path: pytest keeps their order as long as none is within another."""
    tests = (ROOT / "tests").iterdir()
    there = sorted(path for path in tests if path.match("test_*.py") or any(path.rglob("test_*.py")))
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    there.sort(key=lambda path: places.get(path.name, len(places)))
    return [str(path.relative_to(ROOT)) for path in there]


def _test_libraries_on_an_older_python() -> int:
    try:
        python = str(make_environment("libs"))
    except PythonMissingError as err:
        tell(f"Not tested on an older Python: {err}.")
        return 0
    except SetupError as err:
        tell(str(err))
        return 1
    tell("\nThe tests of the two libraries on the oldest Python that is here:")
    return _pytest(python, [*PYTEST, *LIBRARY_TESTS, *LONG_STORIES])


def _pytest(python: str, arguments: list[str]) -> int:
    with subprocess.Popen([python, *arguments], cwd=ROOT, start_new_session=True) as tests:
        try:
            return tests.wait(RUN_TIMEOUT)
        except subprocess.TimeoutExpired:
            tell(f"The tests did not end within {RUN_TIMEOUT:.0f} s, so they were ended.")
            os.killpg(tests.pid, signal.SIGKILL)
            return 1
        except KeyboardInterrupt:
            os.killpg(tests.pid, signal.SIGINT)
            return tests.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
