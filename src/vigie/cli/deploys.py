"""Putting Vigie on machines, and taking it off. Every branch imports its own work only when it is called."""

import argparse
from pathlib import Path

from vigie.cli import arguments
from vigie.cli.arguments import Commands

_TARGET = "user@host or ssh://user@host:port, or localhost"


def add_deploys(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`deploy`, `uninstall`."""
    parser = commands.add_parser("deploy", help="put Vigie on a machine, or bring it up to date: by ssh, and with a way back")
    parser.add_argument("target", metavar="TARGET", help=_TARGET)
    parser.add_argument(
        "--role",
        required=True,
        choices=["agent", "bridge", "server", "hub"],
        help="agent: a Pi with sensors; hub: broker, bridge and server on this machine",
    )
    _add_common(parser)
    parser.add_argument("--name", metavar="DEVICE", help="as which the Pi is taken in (default: what it calls itself)")
    parser.add_argument("--camera", choices=["picamera2", "v4l2", "synthetic"], help="the Pi has a camera")
    parser.add_argument("--replace", action="store_true", help="the Pi takes the place of the one that has its name")
    parser.add_argument("--key-switch", action="store_true", help="the Pi may set the mode: give it a key")
    parser.add_argument(
        "--hub", type=arguments.names, metavar="NAME[,NAME…]", help="names and addresses of the hub, the Pis' first"
    )
    parser.add_argument("--site", type=Path, default=Path("/etc/vigie/site"), metavar="DIR", help="the site (default: %(default)s)")
    parser.add_argument("--wheel", type=Path, metavar="FILE", help="of Vigie (default: made from the one that runs here)")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="all wheels that are needed: then no package index is asked")
    parser.add_argument("--simulate", action="store_true", help="the agent has mock pins: for a machine without any")
    parser.set_defaults(run=_deploy, extra="provision")

    parser = commands.add_parser("uninstall", help="take Vigie off a machine; what it recorded stays, but with --purge")
    parser.add_argument("target", nargs="?", default="localhost", metavar="TARGET", help=f"{_TARGET} (default: %(default)s)")
    parser.add_argument("--purge", action="store_true", help="also events, recordings, configuration, secrets")
    _add_common(parser)
    parser.set_defaults(run=_uninstall, extra="agent")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would be changed")
    parser.add_argument("--ssh-config", type=Path, metavar="FILE", help="for ssh, in place of your own")


def _deploy(options: argparse.Namespace) -> int:
    if options.target == "localhost" and options.role == "agent" and not options.site.exists():
        from vigie.deploy import own_agent

        if own_agent.is_taken_in():  # by a code, or by its card; the site is on another machine
            return own_agent.install(wheel=options.wheel, wheels=options.wheels, simulate=options.simulate, dry_run=options.dry_run)

    from vigie.deploy.deploying import Wish, deploy
    from vigie.runtime.clock import SystemClock

    wish = Wish(
        target=options.target,
        role=options.role,
        site=options.site,
        name=options.name,
        camera=options.camera,
        key_switch=options.key_switch,
        hub=options.hub,
        replace=options.replace,
        wheel=options.wheel,
        wheels=options.wheels,
        ssh_config=options.ssh_config,
        simulate=options.simulate,
        dry_run=options.dry_run,
    )
    return deploy(wish, SystemClock())


def _uninstall(options: argparse.Namespace) -> int:
    from vigie.deploy.uninstalling import uninstall

    return uninstall(options.target, options.ssh_config, purge=options.purge, dry_run=options.dry_run)
