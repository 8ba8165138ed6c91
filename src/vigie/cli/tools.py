"""What an owner asks or does beside the running programs. Every branch imports its own work only when it is called."""

import argparse
import os
from pathlib import Path

from vigie.cli import arguments
from vigie.cli.arguments import Commands

_DATA = "folder of `vigie up`, or of one program (default: VIGIE_DATA, else ./vigie-data)"


def add_tools(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`trigger`, `mode`, `history`, `audit`, `check-config`, `doctor`, `selftest`."""
    _add_trigger(commands)
    _add_mode(commands)
    _add_history(commands)
    _add_audit(commands)
    _add_check_config(commands)
    _add_doctor(commands)
    _add_selftest(commands)


def _add_trigger(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("trigger", help="drive a simulated sensor; prints the accepted events as JSON lines")
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument("sensor", metavar="SENSOR")
    parser.add_argument(
        "--for", dest="seconds", type=arguments.seconds, default=0.5, metavar="SECONDS", help="how long (default: 0.5)"
    )
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="folder of `vigie up`, or the agent's VIGIE_DATA")
    parser.set_defaults(run=_trigger, extra="agent")


def _trigger(options: argparse.Namespace) -> int:
    from vigie.testing.trigger import main as trigger

    data_dir = options.data or Path(os.environ.get("VIGIE_DATA") or "vigie-data")
    return trigger(options.device, options.sensor, options.seconds, data_dir)


def _add_mode(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mode", help="read or set the site's mode straight on the broker")
    parser.add_argument("mode", nargs="?", type=arguments.mode, metavar="MODE", help="active, surveillance or night")
    parser.add_argument(
        "--bypass", action="store_true", help="arm although zones are open: these do not guard until the site is disarmed"
    )
    parser.add_argument(
        "--new-key", type=Path, metavar="FILE", help="make a key for somebody who may set the mode, where not everybody may"
    )
    parser.set_defaults(run=_mode, extra="agent")


def _mode(options: argparse.Namespace) -> int:
    from vigie.deploy.site_mode import make_new_key, run

    if options.new_key is not None:
        return make_new_key(options.new_key)
    return run(options.mode, os.environ, bypass=options.bypass)


def _add_history(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("history", help="the event log of this Pi, newest last; needs no network")
    parser.add_argument("--device", metavar="DEVICE", help="only this one, where several have their logs here")
    parser.add_argument("--since", metavar="TIME", help="a time (2026-11-23T19:00), a date, or how long ago: 90s, 30m, 2h, 3d, 1w")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help=_DATA)
    parser.set_defaults(run=_history, extra="agent")


def _history(options: argparse.Namespace) -> int:
    from vigie.owner.history import run
    from vigie.runtime.clock import SystemClock

    return run(options.data, os.environ, SystemClock(), device=options.device, since=options.since, as_json=options.json)


def _add_audit(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="prove per device that no event is missing")
    parser.add_argument(
        "--server", type=arguments.server_url, metavar="URL", help="default: BACKEND_URL, else http://127.0.0.1:8000"
    )
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help=_DATA)
    parser.add_argument("--json", action="store_true", help="the whole account as one JSON object")
    parser.set_defaults(run=_audit, extra="agent")


def _audit(options: argparse.Namespace) -> int:
    from vigie.owner.audit import run
    from vigie.runtime.clock import SystemClock

    return run(options.data, os.environ, SystemClock(), server=options.server, as_json=options.json)


def _add_check_config(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("check-config", help="read a configuration file as its program would, and say what it means")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--for", dest="program", choices=["agent", "bridge", "server"], help="whose file it is (default: by its keys)"
    )
    parser.set_defaults(run=_check_config, extra="agent")


def _check_config(options: argparse.Namespace) -> int:
    from vigie.owner.check_config import run

    return run(options.file, options.program, os.environ)


def _add_doctor(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "doctor", help="look this machine over, change nothing: broker, server, clock, disks, databases, pins"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="of an agent, a bridge or a server: its broker and its data folder"
    )
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help=_DATA)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="a new ZIP with it, configuration and logs, secrets left out")
    parser.set_defaults(run=_doctor, extra="agent")


def _doctor(options: argparse.Namespace) -> int:
    from vigie.owner.doctor import run
    from vigie.runtime.clock import SystemClock

    return run(options.data, options.config, os.environ, SystemClock(), as_json=options.json, bundle=options.bundle)


def _add_selftest(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "selftest", help="try each wired part of this Pi in turn, and measure it; the agent must rest meanwhile"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the agent's (default: /etc/vigie/agent.toml)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the agent's data folder (default: as the agent has it)")
    parser.add_argument(
        "--part", dest="parts", action="append", default=[], metavar="NAME", help="only this one: a sensor, siren, servo, …"
    )
    parser.add_argument(
        "--wait", type=arguments.seconds, default=30.0, metavar="SECONDS", help="for somebody, at each part (default: 30)"
    )
    parser.add_argument("--yes", action="store_true", help="ask nobody: only what needs no hand, and the siren sounds")
    parser.add_argument("--simulate", action="store_true", help="mock pins, which `vigie trigger` drives")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="a new ZIP with it, configuration and logs, secrets left out")
    parser.set_defaults(run=_selftest, extra="agent")


def _selftest(options: argparse.Namespace) -> int:
    from vigie.owner.selftest.run import Wish, run
    from vigie.runtime.clock import SystemClock

    wish = Wish(
        config=options.config,
        data=options.data,
        parts=tuple(options.parts),
        patience_s=options.wait,
        is_asked=not options.yes,
        simulate=options.simulate,
        as_json=options.json,
        bundle=options.bundle,
    )
    return run(wish, os.environ, SystemClock())
