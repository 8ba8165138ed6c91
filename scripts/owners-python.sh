#!/bin/sh
# Prints the Python that an owner's machine would use: the system's own where it is new enough, else the one on PATH.
# The installed wheel is tested on it: Debian 12's 3.11.2 has faults that later patch releases do not have.
set -eu

for python in /usr/bin/python3 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
done
echo "vigie: no Python 3.11 or newer" >&2
exit 1
