"""Who may do what on a server: accounts, tokens and PINs, straight in its database. Imported only when one is called."""

import argparse
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from vigie.cli.arguments import Commands

ROLES = ("viewer", "operator", "admin")
SCOPES = ("ingest", *ROLES)


def add_people(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`user`, `token`, `pin`."""
    _add_user(commands)
    _add_token(commands)
    _add_pin(commands)


def _add_user(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("user", help="who may sign in: accounts in the server's database, also while the server runs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="give somebody an account")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--role", required=True, choices=ROLES, help="what they may do")
    setting = actions.add_parser("password", help="give an account another password; it is signed out everywhere")
    setting.add_argument("name", metavar="NAME")
    for reading in (adding, setting):
        reading.add_argument("--password-stdin", action="store_true", help="read it from the first line instead of asking twice")
    changing = actions.add_parser("role", help="give an account another role")
    changing.add_argument("name", metavar="NAME")
    changing.add_argument("role", choices=ROLES)
    actions.add_parser("list", help="everybody who has an account")
    actions.add_parser("remove", help="take an account away").add_argument("name", metavar="NAME")
    actions.add_parser("unlock", help="let people try again at once after too many wrong passwords")
    _on_a_server(actions)
    parser.set_defaults(run=_user, extra="server")


def _user(options: argparse.Namespace) -> int:
    from vigie.domain.access import Role
    from vigie.server.access.desks import UserDesk
    from vigie.server.desk import read_first_line, read_twice

    desk = UserDesk.open(options.config, options.data, os.environ)
    read: Callable[[], str] = read_first_line
    if options.action in ("add", "password") and not options.password_stdin:
        read = partial(read_twice, "password, at least 12 letters", option="--password-stdin")
    match options.action:
        case "add":
            return desk.add(options.name, Role(options.role), read)
        case "password":
            return desk.set_password(options.name, read)
        case "role":
            return desk.set_role(options.name, Role(options.role))
        case "remove":
            return desk.remove(options.name)
        case "unlock":
            return desk.unlock()
        case _:
            return desk.list()


def _add_token(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("token", help="what programs show a server: tokens, also while the server runs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="make a token; prints it, this once")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--scope", choices=SCOPES, default="ingest", help="ingest: for a bridge (default), or as a role")
    adding.add_argument("--file", type=Path, metavar="FILE", help="a new file for it, yours alone, instead of printing it")
    actions.add_parser("list", help="all tokens, and when they were last shown")
    actions.add_parser("revoke", help="take a token back").add_argument("name", metavar="NAME")
    _on_a_server(actions)
    parser.set_defaults(run=_token, extra="server")


def _token(options: argparse.Namespace) -> int:
    from vigie.domain.access import Scope
    from vigie.server.access.desks import TokenDesk

    desk = TokenDesk.open(options.config, options.data, os.environ)
    match options.action:
        case "add":
            return desk.add(options.name, Scope(options.scope), options.file)
        case "revoke":
            return desk.revoke(options.name)
        case _:
            return desk.list()


def _add_pin(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("pin", help="who may disarm: PINs in the server's database, also while the server runs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    setting = actions.add_parser("set", help="give somebody a PIN, or another one")
    setting.add_argument("name", metavar="NAME")
    setting.add_argument("--duress", action="store_true", help="their duress PIN: disarms like the other, and alerts silently")
    setting.add_argument("--stdin", action="store_true", help="read it from the first line instead of asking twice")
    actions.add_parser("list", help="everybody who has a PIN, and how many were wrong in a row")
    actions.add_parser("remove", help="take somebody's PINs away").add_argument("name", metavar="NAME")
    actions.add_parser("unlock", help="let people try again after too many wrong PINs")
    _on_a_server(actions)
    parser.set_defaults(run=_pin, extra="server")


def _pin(options: argparse.Namespace) -> int:
    from vigie.server.desk import read_first_line, read_twice
    from vigie.server.pin_desk import PinDesk

    desk = PinDesk.open(options.config, options.data, os.environ)
    match options.action:
        case "set":
            ask = partial(read_twice, "PIN, 4 to 12 digits", option="--stdin")
            return desk.set(options.name, read_first_line if options.stdin else ask, duress=options.duress)
        case "remove":
            return desk.remove(options.name)
        case "unlock":
            return desk.unlock()
        case _:
            return desk.list()


def _on_a_server(actions: "Commands[argparse.ArgumentParser]") -> None:
    for listed in actions._choices_actions:
        action = actions.choices[listed.dest]
        action.description = listed.help
        action.add_argument("--config", type=Path, metavar="FILE", help="TOML file of the server")
        action.add_argument("--data", type=Path, metavar="DIR", help="folder of `vigie up`, or of the server (default: VIGIE_DATA)")
