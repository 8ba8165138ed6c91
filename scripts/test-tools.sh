#!/bin/sh
# The programs that the tests use beside Python's and npm's packages: installed from Debian as root, named otherwise.
# With `machines` also those that boot whole machines, with `debian` those that run another Debian's programs, with `arm64` also an arm64's.
set -eu

missing=""
emulator=/usr/lib/binfmt.d/qemu-aarch64.conf
PATH="$PATH:/usr/sbin:/sbin"
command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
command -v mosquitto_pub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v ffprobe >/dev/null 2>&1 || missing="$missing ffmpeg"
command -v shellcheck >/dev/null 2>&1 || missing="$missing shellcheck"
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
command -v unshare >/dev/null 2>&1 || missing="$missing util-linux"
case "${1:-}" in
machines | debian | arm64)
    command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
    ;;
esac
case "${1:-}" in
machines)
    command -v systemd-nspawn >/dev/null 2>&1 || missing="$missing systemd-container"
    command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
    ;;
arm64)
    command -v arch-test >/dev/null 2>&1 || missing="$missing arch-test"
    [ "$(uname -m)" = aarch64 ] || [ -e "$emulator" ] || missing="$missing qemu-user-static"
    ;;
esac

if [ -n "$missing" ] && [ "$(id -u)" -ne 0 ]; then
    echo "vigie: the tests need more programs; run: sudo apt install$missing" >&2
    exit 1
fi

if [ -n "$missing" ]; then
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
fi

# Where systemd is not process 1, nobody has told the kernel what runs an arm64 program.
if [ "${1:-}" = arm64 ] && [ "$(id -u)" -eq 0 ] && ! arch-test arm64 >/dev/null 2>&1; then
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    cat "$emulator" > /proc/sys/fs/binfmt_misc/register
fi
