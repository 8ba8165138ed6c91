#!/bin/sh
# Runs uv: the one on PATH, else one in .bootstrap that is fetched from PyPI on first use. Nothing is installed outside the clone.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)

if command -v uv >/dev/null 2>&1; then
    exec uv "$@"
fi

if [ ! -x "$here/.bootstrap/bin/uv" ]; then
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "vigie: Python 3.11 or newer is needed; python3 is $(python3 --version 2>&1)" >&2
        exit 1
    fi
    rm -rf "$here/.bootstrap"
    if ! python3 -m venv "$here/.bootstrap" >/dev/null 2>&1; then
        # Debian splits venv off into a package of its own.
        if [ "$(id -u)" -ne 0 ]; then
            echo "vigie: python3 has no venv module; run: sudo apt install python3-venv" >&2
            exit 1
        fi
        rm -rf "$here/.bootstrap"
        apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qy python3-venv >&2
        python3 -m venv "$here/.bootstrap"
    fi
    "$here/.bootstrap/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' >&2
fi

exec "$here/.bootstrap/bin/uv" "$@"
