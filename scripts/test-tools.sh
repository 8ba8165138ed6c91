#!/bin/sh
# The programs that the tests use beside Python's and npm's packages: installed from Debian as root, named otherwise.
# With `machines` also those that boot whole machines.
set -eu

missing=""
PATH="$PATH:/usr/sbin:/sbin"
command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
command -v mosquitto_pub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v ffprobe >/dev/null 2>&1 || missing="$missing ffmpeg"
command -v shellcheck >/dev/null 2>&1 || missing="$missing shellcheck"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
command -v unshare >/dev/null 2>&1 || missing="$missing util-linux"
if [ "${1:-}" = machines ]; then
    command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
    command -v systemd-nspawn >/dev/null 2>&1 || missing="$missing systemd-container"
    command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
fi

[ -z "$missing" ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "vigie: the tests need more programs; run: sudo apt install$missing" >&2
    exit 1
fi

echo "installing from Debian:$missing"
# Debian starts a Mosquitto of its own on 1883 when it is installed; the tests bring their own.
policy=/usr/sbin/policy-rc.d
created=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && created=yes
fi
trap '[ -n "$created" ] && rm -f "$policy"' EXIT
apt-get update -q
# shellcheck disable=SC2086  # one word per package
DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing
