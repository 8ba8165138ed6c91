"""The command line: its commands, its exit status. What a command does is imported when it is called: a Pi Zero must not
pay for the server's imports.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from vigie import __version__
from vigie.cli.backups import add_backups
from vigie.cli.deploys import add_deploys
from vigie.cli.people import add_people
from vigie.cli.programs import add_programs
from vigie.cli.sites import add_sites
from vigie.cli.tools import add_tools
from vigie.runtime.config_error import ConfigError

OK, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand; returns its exit status: 0 ok, 1 failed, 2 usage or bad configuration."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to fail
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except ConfigError as error:
        print(f"vigie {options.command}: {error}", file=sys.stderr)
        return USAGE
    except ModuleNotFoundError as error:
        if (error.name or "vigie").startswith("vigie"):
            raise
        print(
            f"vigie {options.command}: {error.name} is not installed; install Vigie with its extra [{options.extra}]",
            file=sys.stderr,
        )
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:  # `vigie history | head`: whoever reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains when it flushes at its end
        return OK


def sensor_publisher() -> int:
    """`sensor-publisher`: the reference's name for `vigie agent`."""
    return main(["agent", *sys.argv[1:]])


def mqtt_bridge() -> int:
    """`mqtt-bridge`: the reference's name for `vigie bridge`."""
    return main(["bridge", *sys.argv[1:]])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vigie", description="A home and small-site watch on Raspberry Pis.")
    parser.add_argument("--version", action="version", version=f"vigie {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_programs(commands)
    add_tools(commands)
    add_people(commands)
    add_sites(commands)
    add_deploys(commands)
    add_backups(commands)
    for listed in commands._choices_actions:
        commands.choices[listed.dest].description = listed.help
    return parser
