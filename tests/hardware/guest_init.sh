#!/bin/sh
# Process 1 of the guest: if it fails the kernel panics, and the host sees a guest that has ended without a status.
# Its root is the host's, read only, under an overlay in memory; only $VIGIE_RIG is written on the host.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8

mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
root=/mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay $root
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t configfs configfs $root/sys/kernel/config
mount -t devtmpfs devtmpfs $root/dev
mkdir -p $root/dev/shm $root/dev/pts
mount -t tmpfs tmpfs $root/dev/shm
mount -t devpts devpts $root/dev/pts
mount -t tmpfs tmpfs $root/run
# In its own /tmp it has the rig alone of what the host keeps there, unless this clone is there too.
case $VIGIE_CLONE in /tmp/*) ;; *) mount -t tmpfs tmpfs $root/tmp ;; esac
mkdir -p "$root$VIGIE_RIG"
mount -t hostfs -o "$VIGIE_RIG" rig "$root$VIGIE_RIG"

# gpiozero asks /proc/cpuinfo which board this is. A Pi 4B says this, and it is the machine's word, not the program's.
{
    cat /proc/cpuinfo
    printf '\nHardware\t: BCM2835\nRevision\t: c03115\nModel\t\t: Raspberry Pi 4 Model B Rev 1.5\n'
} > $root/run/cpuinfo
mount --bind $root/run/cpuinfo $root/proc/cpuinfo

chroot $root ip link set lo up
status=0
chroot $root /bin/sh "$VIGIE_RIG/command" || status=$?
echo "$status" > "$root$VIGIE_RIG/status"
exec chroot $root "$VIGIE_PYTHON" -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321FEDC)' # LINUX_REBOOT_CMD_POWER_OFF
