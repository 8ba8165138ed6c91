#!/bin/sh
# Prints the path of the kernel that `make test-hardware` boots: User-Mode Linux with simulated pins and cameras.
# Built from Debian's sources where it is not in the cache yet, in about ten minutes and 2 GB that are freed again.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
config="$here/tests/hardware/kernel.config"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/vigie-tests"

say() { echo "hardware-kernel: $*" >&2; }

version_of() { apt-cache policy "$1" | awk '$1 == "Candidate:" { print $2 }'; }

[ -n "$(version_of linux-source)" ] || { say "apt knows no linux-source: run apt-get update; this is for Debian"; exit 1; }
linux=$(apt-cache depends linux-source | awk '$1 == "Depends:" { print $2; exit }')
versions="$linux=$(version_of "$linux") v4l2loopback-dkms=$(version_of v4l2loopback-dkms)"
key=$({ echo "$versions"; cat "$config"; } | sha256sum | cut -c1-12)
kernel="$cache/kernel-$key"
mkdir -p "$cache"
exec 9> "$cache/.kernel.lock"
flock 9
if [ -x "$kernel" ]; then
    echo "$kernel"
    exit 0
fi

missing=""
for program in flex bison bc gcc make xz; do
    command -v "$program" > /dev/null || missing="$missing $program"
done
if [ -n "$missing" ]; then
    packages=$(echo "$missing" | sed 's/\bxz\b/xz-utils/')
    if [ "$(id -u)" -ne 0 ]; then
        say "the kernel's build needs more programs; run: sudo apt install$packages"
        exit 1
    fi
    # shellcheck disable=SC2086  # one word per package
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $packages >&2
fi

work="$cache/kernel-build-$key"
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
say "building from $versions"
# Unpacked, not installed: the machine's own packages stay as they are.
# shellcheck disable=SC2086  # one word per package
apt-get download -q $versions >&2
for package in *.deb; do dpkg-deb --extract "$package" packages; done
mkdir linux objects
tar -xf "packages/usr/src/$linux.tar.xz" -C linux --strip-components 1
loopback=$(echo packages/usr/src/v4l2loopback-*)
cp "$loopback"/v4l2loopback*.[ch] linux/drivers/media/
echo 'obj-y += v4l2loopback.o' >> linux/drivers/media/Makefile
# UML does not ask how often its clock ticks, and simulated edges are delivered by ticks: at 100 Hz ten edges become one.
sed -i '/^config HZ$/,/^$/s/^\tint$/\tint "Ticks per second"/' linux/arch/um/Kconfig

cd linux
um() { nice -n 19 make -s -j "$(nproc)" ARCH=um O=../objects "$@" >&2; }
um defconfig
scripts/kconfig/merge_config.sh -m -O ../objects ../objects/.config "$config" > ../merged.log
um olddefconfig
grep -E '=(y|[0-9]+)$' "$config" | while read -r wanted; do
    grep -qx "$wanted" ../objects/.config || say "this source does not give $wanted"
done
um linux
install -m 755 ../objects/linux "$kernel.new"
strip "$kernel.new"
mv "$kernel.new" "$kernel"
say "built $kernel"
echo "$kernel"
