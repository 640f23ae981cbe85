#!/usr/bin/env bash
# Make .venv with what one or more locks name, then the project itself; nothing that no lock names is fetched.
# usage: venv.sh LOCK…
#        venv.sh --apart FOLDER LOCK…     (an environment of its own, without the project)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/setup/system.sh

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or later is needed (apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python"
}

# Debian keeps venv and ensurepip in a package of their own, one for each version of Python.
ensure_venv_module() {
    local package
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    may_install || fail "$1 cannot make virtual environments: run \`sudo apt-get install $package\`, then this again"
    install_packages "$package" || fail "$package could not be installed; see above"
}

into=.venv
if [ "$1" = --apart ]; then
    into=$2
    shift 2
fi

if ! new_enough "$into"/bin/python || ! "$into"/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    ensure_venv_module "$python"
    say "making $into with $("$python" --version)"
    "$python" -m venv --clear "$into"
fi

pip() { "$into"/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@" </dev/null; }

locks=()
for lock in "$@"; do locks+=(--requirement "$lock"); done
say "installing into $into: $*"
# Wheels alone: a source distribution would fetch its build tools, which no lock names.
pip install --require-hashes --only-binary :all: "${locks[@]}"
if [ "$into" = .venv ]; then
    pip install --no-deps --no-build-isolation --editable .
    # pip compiles what it copies and not what it links to; with PYTHONDONTWRITEBYTECODE set, nobody else ever would
    "$into"/bin/python -m compileall -q integration mappings connectors
fi
