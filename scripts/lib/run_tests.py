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
LONG_STORIES = ("--ignore=tests/driver/test_fault_sweep.py",)
PYTEST = ("-m", "pytest", "-n", "2", "--dist", "loadfile")
RUN_TIMEOUT = 1500.0  # seconds; a run takes 5 minutes on two cores, but one that hangs would hang for ever
COVERAGE = ("--cov", "--cov-report=", f"--cov-report=json:{REPORT}", "-p", "scripts.lib.coverage_gate")


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; returns the first exit code that is not 0."""
    if arguments:
        return _pytest(sys.executable, ["-m", "pytest", *arguments])
    make_environment("demo")  # the end-to-end tests run its Home Assistant
    older = _test_libraries_on_an_older_python()
    version = ".".join(map(str, sys.version_info[:3]))
    tell(f"\nAll tests on Python {version}, with Home Assistant:")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    newest = _pytest(sys.executable, [*PYTEST, *COVERAGE])
    if older:
        tell("The tests of the libraries failed on the older Python; see above.")
    return newest or older


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
