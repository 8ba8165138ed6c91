"""The computer itself: clock, disks, memory, power, pins. All from the kernel's files, below a root that tests may give."""

import grp
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from vigie.agent.health import Machine, kernel_clock_tells
from vigie.owner.examined import Examined
from vigie.owner.findings import Finding, failed, ok, size, unseen, warning

LOW_DISK_BYTES, FULL_DISK_BYTES = 200 * 10**6, 20 * 10**6
LOW_MEMORY_BYTES = 60 * 10**6
HOT_C = 80.0
_NO_CLOCK_BEFORE = 2026
_IN_MEMORY = {"tmpfs", "ramfs"}
_SYNCED_BY_SYSTEMD = "run/systemd/timesync/synchronized"


def clock(examined: Examined) -> Iterator[Finding]:
    """As the agent judges it: the kernel says whether somebody keeps its clock right."""
    now = examined.clock.now()
    if now.year < _NO_CLOCK_BEFORE:
        seen = f"not set: it shows {now:%Y-%m-%d}. Events bear the time of their arrival, or get theirs once it is set"
        yield failed("clock", seen, "give it a network with a time server (`timedatectl`), or a clock module")
    else:
        yield judge_clock(kernel_clock_tells(), by_systemd=(examined.root / _SYNCED_BY_SYSTEMD).exists())


def judge_clock(told: bool | None, *, by_systemd: bool) -> Finding:
    if told or (told is None and by_systemd):
        return ok("clock", "synchronised")
    if told is None:
        return unseen("clock", "this program may not ask the kernel whether somebody keeps it right", "`timedatectl` tells")
    return warning("clock", "nobody keeps it right (by the kernel)", "`sudo timedatectl set-ntp true`, and a way to a time server")


def disk(examined: Examined) -> Iterator[Finding]:
    """Room, and what kind of disk, for each file system with data of ours on it."""
    folders = {path.parent.resolve() for path in examined.places.files}
    if examined.places.root.is_dir():
        folders.add(examined.places.root.resolve())
    if not folders:
        yield warning("disk", f"no data of Vigie in {examined.places.root}", "name its folder with --data DIR or VIGIE_DATA")
    seen: set[int] = set()
    for folder in sorted(folders):
        try:
            device, found = folder.stat().st_dev, os.statvfs(folder)
        except OSError as error:
            yield failed("disk", f"{folder}: {error.strerror}")
            continue
        if device in seen:
            continue
        seen.add(device)
        yield from _room(folder, found, _file_system(folder, examined.root))


def _room(folder: Path, found: os.statvfs_result, file_system: str) -> Iterator[Finding]:
    free, total = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    text = f"{folder}: {size(free)} of {size(total)} free" + (f", {file_system}" if file_system else "")
    if found.f_flag & os.ST_RDONLY:
        yield failed("disk", f"{text}, read-only", "a failing card turns so: see `dmesg`, replace it; or remount it")
    elif free < FULL_DISK_BYTES or (found.f_files and not found.f_favail):
        yield failed("disk", text, "it is full: make room, or new events wait in memory")
    elif free < LOW_DISK_BYTES:
        yield warning("disk", text, "make room")
    elif file_system in _IN_MEMORY:
        yield warning("disk", f"{text}: it is in memory, and gone after a restart", "keep the data on a card or a disk: VIGIE_DATA")
    else:
        yield ok("disk", text)


def _file_system(folder: Path, root: Path) -> str:
    """`ext4`: that of the longest mount point above the folder."""
    best = ("", "")
    try:
        lines = (root / "proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, point, kind, *_ = line.split()
        if folder.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def memory(examined: Examined) -> Iterator[Finding]:
    """What programs can still have before the kernel ends one."""
    try:
        lines = (examined.root / "proc/meminfo").read_text(encoding="ascii").splitlines()
        figures = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
        free, total = figures["MemAvailable"], figures["MemTotal"]
    except (OSError, ValueError, KeyError, IndexError):
        yield warning("memory", "the kernel does not tell (no /proc/meminfo)")
        return
    text = f"{size(free)} of {size(total)} available"
    if free < LOW_MEMORY_BYTES:
        yield warning("memory", text, "what else runs here? `ps aux --sort=-rss | head`")
    else:
        yield ok("memory", text)


def power(examined: Examined) -> Iterator[Finding]:
    """Under-voltage, throttling, heat."""
    machine = Machine(examined.places.root, examined.root)
    throttled, temp_c = machine.throttled(), machine.temp_c()
    heat = "" if temp_c is None else f", {temp_c:g} °C"
    if throttled:
        mend = "a supply of 5.1 V and a short cable; the servo on a supply of its own"
        yield warning("power", f"the firmware slows the processor down: under-voltage or heat{heat}", mend)
    elif temp_c is not None and temp_c >= HOT_C:
        yield warning("power", f"hot{heat}", "a heat sink, or air")
    elif throttled is None:
        yield ok("power", f"this machine does not tell of its supply{heat}")
    else:
        yield ok("power", f"no under-voltage, not slowed down{heat}")


def pins(examined: Examined) -> Iterator[Finding]:
    """Whether an agent of this user would get at the header."""
    chips = sorted((examined.root / "dev").glob("gpiochip*"))
    if not chips and _is_a_pi(examined.root):
        yield unseen("pins", "this is a Raspberry Pi, but its pins are hidden from this program", _AS_THE_AGENT)
        return
    if not chips:
        yield ok("pins", "no GPIO here: this is no Pi, and its agents run with --simulate")
        return
    closed = [chip for chip in chips if not os.access(chip, os.R_OK | os.W_OK)]
    if closed:
        yield failed(
            "pins", f"this user cannot open {closed[0]}", f"`sudo usermod -aG {_group_of(closed[0])} $USER`, then log in again"
        )
    elif importlib.util.find_spec("lgpio") is None:
        yield failed(
            "pins", "lgpio is not installed", "`sudo apt install python3-lgpio`, and an environment with --system-site-packages"
        )
    else:
        yield ok("pins", f"{len(chips)} GPIO chips, lgpio is there")
    if not list((examined.root / "sys/class/pwm").glob("pwmchip*")):
        yield warning(
            "pins", "no kernel PWM: a servo would tremble", "`dtoverlay=pwm-2chan` in /boot/firmware/config.txt, then restart"
        )


_AS_THE_AGENT = "run the doctor as the agent's user, e.g. with `sudo -u`"


def _is_a_pi(root: Path) -> bool:
    try:
        return (root / "proc/device-tree/model").read_text(encoding="utf-8", errors="replace").startswith("Raspberry Pi")
    except OSError:
        return False


def _group_of(path: Path) -> str:
    try:
        return grp.getgrgid(path.stat().st_gid).gr_name
    except (OSError, KeyError):
        return "gpio"
