# Sourced by the programs in scripts/. Finds any Python to begin with; the rest is Python.
# shellcheck shell=bash

agw_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$agw_root" || exit 1

# Prints a Python of 3.9 or later: enough to make the environments, not enough to run the product.
agw_any_python() {
    local name
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    if [[ $(id -u) == 0 && -z ${AGW_NO_APT:-} ]] && command -v apt-get >/dev/null; then
        echo "No Python here: installing Debian's python3-venv (AGW_NO_APT=1 forbids this)." >&2
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 python3-venv; } >&2 || return 1
        echo python3
        return
    fi
    echo "This needs a Python of 3.9 or later to begin with. Install python3 (with its venv part) and start again." >&2
    return 1
}

# agw_environment USE: makes .venv/USE from requirements/USE.txt if it is not there yet, prints its Python.
agw_environment() {
    local python
    python=$(agw_any_python) || return 1
    "$python" -m scripts.lib.environment "$1"
}
