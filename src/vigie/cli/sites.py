"""Setting a site up, and joining it. Every branch imports its own work only when it is called."""

import argparse
import os
import sys
from pathlib import Path

from vigie.cli import arguments
from vigie.cli.arguments import Commands


def add_sites(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`provision`, `join`, `enrol`."""
    _add_provision(commands)
    _add_join(commands)
    _add_enrol(commands)


def _add_provision(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "provision", help="certificates, broker passwords and rights: takes a Pi into the site, or out of it"
    )
    parser.add_argument("device", nargs="?", metavar="DEVICE", help="the Pi; without it the site itself, and a list")
    parser.add_argument(
        "--site", type=Path, metavar="DIR", help="the site's folder (default: /etc/vigie/site as root, else ./vigie-site)"
    )
    parser.add_argument(
        "--hub",
        type=arguments.names,
        metavar="NAME[,NAME…]",
        help="names and addresses of the broker's machine; the first one is told to the Pis",
    )
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--rotate", action="store_true", help="new secrets for DEVICE; the old ones are cut off at once")
    doing.add_argument("--revoke", action="store_true", help="DEVICE is lost or stolen: cut it off")
    doing.add_argument(
        "--rotate-hub", action="store_true", help="new passwords and certificates for bridge, owner, broker and page"
    )
    parser.add_argument("--camera", choices=["picamera2", "v4l2", "synthetic"], help="DEVICE has a camera: give it a certificate")
    parser.add_argument("--key-switch", action="store_true", help="DEVICE may set the mode: give it a key")
    parser.add_argument("--etc", type=Path, metavar="DIR", help="where the files are on DEVICE (default: /etc/vigie)")
    parser.add_argument(
        "--boot-file", type=Path, metavar="FILE", help="also all of it as one file for the boot partition (cloud-init)"
    )
    parser.add_argument(
        "--install-broker",
        type=Path,
        metavar="FILE",
        nargs="?",
        const=Path("/etc/mosquitto/mosquitto.conf"),
        help="put the broker's configuration in the place of this one, now and at each change (default: %(const)s)",
    )
    parser.add_argument("--port", type=arguments.port, help="of the broker for the Pis, with TLS (default: 8883)")
    parser.add_argument("--local-port", type=arguments.port, metavar="PORT", help="of the broker on this machine (default: 1883)")
    parser.add_argument("--listen", metavar="ADDRESS", help="where the broker listens for the Pis (default: everywhere)")
    parser.add_argument("--broker-user", metavar="USER", help="as whom Mosquitto runs (default: mosquitto as root, else you)")
    parser.set_defaults(run=_provision, extra="provision", parser=parser)


def _add_join(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("join", help="on a new Pi: takes it into the site, with the code that the page Devices shows")
    parser.add_argument("hub", metavar="HUB", help="the server's machine, as the page says it: NAME, NAME:PORT or a URL")
    parser.add_argument("--code", help="as the page shows it; asked for where it is not given")
    parser.add_argument("--name", metavar="DEVICE", help="how this Pi is called (default: its host name)")
    parser.add_argument("--camera", choices=["picamera2", "v4l2", "synthetic"], help="it has a camera")
    parser.add_argument(
        "--etc", type=Path, metavar="DIR", default=Path("/etc/vigie"), help="where its files go (default: %(default)s)"
    )
    parser.add_argument("--files-only", action="store_true", help="put its files there, install and start nothing")
    parser.add_argument("--simulate", action="store_true", help="mock pins, for a machine without any")
    parser.set_defaults(run=_join, extra="agent")


def _add_enrol(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("enrol", help="signs for one new Pi, from stdin to stdout: started by vigie-enrol.socket")
    parser.add_argument(
        "--site", type=Path, metavar="DIR", default=Path("/etc/vigie/site"), help="the site's folder (default: %(default)s)"
    )
    parser.set_defaults(run=_enrol, extra="provision")


def _join(options: argparse.Namespace) -> int:
    from vigie.deploy.join import Asking, run
    from vigie.runtime.clock import SystemClock

    asking = Asking(
        hub=options.hub,
        code=options.code,
        name=options.name,
        camera=options.camera,
        etc=options.etc.absolute(),
        files_only=options.files_only,
        simulate=options.simulate,
    )
    return run(asking, SystemClock())


def _enrol(options: argparse.Namespace) -> int:
    from vigie.deploy.enrol import run
    from vigie.runtime.clock import SystemClock

    return run(sys.stdin.buffer, sys.stdout.buffer, options.site, SystemClock())


def _provision(options: argparse.Namespace) -> int:
    needs_device = ("rotate", "revoke", "camera", "key_switch", "etc", "boot_file")
    if options.device is None and (given := [name for name in needs_device if getattr(options, name)]):
        options.parser.error(f"--{given[0].replace('_', '-')}: of which DEVICE?")
    if options.revoke and (options.boot_file or options.camera or options.key_switch or options.etc):
        options.parser.error("--revoke takes DEVICE away; nothing else can be asked for it")

    from vigie.deploy.provision import Wish, run
    from vigie.runtime.clock import SystemClock

    wish = Wish(
        folder=options.site or Path("/etc/vigie/site" if os.geteuid() == 0 else "vigie-site"),
        device_id=options.device,
        hub=options.hub,
        etc=options.etc,
        camera=options.camera,
        key_switch=options.key_switch,
        rotate=options.rotate,
        rotate_hub=options.rotate_hub,
        revoke=options.revoke,
        boot_file=options.boot_file,
        install_broker=options.install_broker,
        tls_port=options.port,
        local_port=options.local_port,
        listen=options.listen,
        broker_user=options.broker_user,
    )
    return run(wish, SystemClock())
