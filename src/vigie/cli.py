"""The command line. Each branch imports its own program only: a Pi Zero must not pay for the server's imports."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vigie import __version__
from vigie.protocol.states import Mode
from vigie.runtime.config import ConfigError

OK, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand; returns its exit status: 0 ok, 1 failed, 2 usage or bad configuration."""
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
        extra = "all" if options.command == "up" else options.command
        print(f"vigie {options.command}: {error.name} is not installed; install Vigie with its extra [{extra}]", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


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
    for add in (_add_up, _add_agent, _add_bridge, _add_server, _add_trigger, _add_mode):
        add(commands)
    return parser


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("up", help="the whole house in one command: broker, simulated Pis, bridge, server, dashboard")
    parser.add_argument("--host", default="127.0.0.1", help="address of the dashboard (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port of the dashboard (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="where everything is kept (default: ./vigie-data)")
    parser.add_argument("--devices", type=_device_count, default=2, metavar="N", help="simulated Pis (default: %(default)s)")
    parser.add_argument(
        "--broker",
        type=_broker,
        default="auto",
        metavar="KIND",
        help="auto, mosquitto, embedded, or mqtt://HOST:PORT of a running one",
    )
    parser.add_argument("--no-simulate", action="store_true", help="no simulated Pis: wait for real ones")
    parser.add_argument("--no-scenario", action="store_true", help="simulated Pis at rest: nobody walks by, only `vigie trigger`")
    parser.set_defaults(run=_up)


def _up(options: argparse.Namespace) -> int:
    from vigie.deploy.house import HouseOptions, run

    return run(
        HouseOptions(
            host=options.host,
            port=options.port,
            data_dir=options.data or Path(os.environ.get("VIGIE_DATA") or "vigie-data"),
            devices=0 if options.no_simulate else options.devices,
            broker=options.broker,
            scenario=not options.no_scenario,
        )
    )


def _add_agent(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("agent", help="one Pi: sensors, servo, siren (alias: sensor-publisher)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it the default wiring")
    parser.add_argument("--simulate", action="store_true", help="mock pins that `vigie trigger` drives, instead of real ones")
    parser.set_defaults(run=_agent)


def _agent(options: argparse.Namespace) -> int:
    from vigie.agent.app import run
    from vigie.agent.settings import ENV_KEYS, AgentSettings
    from vigie.runtime.config import load

    return run(load(AgentSettings, options.config, os.environ, ENV_KEYS), simulate=options.simulate)


def _add_bridge(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("bridge", help="MQTT to the server and back (alias: mqtt-bridge)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it environment and defaults")
    parser.set_defaults(run=_bridge)


def _bridge(options: argparse.Namespace) -> int:
    from vigie.bridge.app import run
    from vigie.bridge.settings import ENV_KEYS, BridgeSettings
    from vigie.runtime.config import load

    return run(load(BridgeSettings, options.config, os.environ, ENV_KEYS))


def _add_server(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("server", help="HTTP, Socket.IO and the dashboard")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it environment and defaults")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, help="port to listen on (default: 8000)")
    parser.set_defaults(run=_server)


def _server(options: argparse.Namespace) -> int:
    from vigie.runtime.config import load
    from vigie.server.app import run
    from vigie.server.settings import ENV_KEYS, ServerSettings

    settings = load(ServerSettings, options.config, os.environ, ENV_KEYS)
    overrides = {name: value for name in ("host", "port") if (value := getattr(options, name)) is not None}
    return run(settings.model_copy(update=overrides))


def _add_trigger(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("trigger", help="drive a simulated sensor; prints the accepted events as JSON lines")
    parser.add_argument("device", metavar="DEVICE")
    parser.add_argument("sensor", metavar="SENSOR")
    parser.add_argument("--for", dest="seconds", type=_seconds, default=0.5, metavar="SECONDS", help="how long (default: 0.5)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="folder of `vigie up`, or the agent's VIGIE_DATA")
    parser.set_defaults(run=_trigger)


def _trigger(options: argparse.Namespace) -> int:
    from vigie.testing.trigger import main as trigger

    data_dir = options.data or Path(os.environ.get("VIGIE_DATA") or "vigie-data")
    return trigger(options.device, options.sensor, options.seconds, data_dir)


def _add_mode(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("mode", help="read or set the site's mode straight on the broker")
    parser.add_argument("mode", nargs="?", choices=[mode.value for mode in Mode])
    parser.set_defaults(run=_mode)


def _mode(options: argparse.Namespace) -> int:
    from vigie.deploy.site_mode import run

    return run(Mode(options.mode) if options.mode else None, os.environ)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected 1 to 65535")
    return int(text)


def _broker(text: str) -> str:
    if text not in ("auto", "embedded", "mosquitto") and not text.startswith(("mqtt://", "mqtts://")):
        raise argparse.ArgumentTypeError(f"{text!r} is none of auto, mosquitto, embedded, mqtt://HOST:PORT")
    return text


def _device_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 50:
        raise argparse.ArgumentTypeError(f"{text!r}: expected 1 to 50 simulated Pis")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds, more than 0 and at most 3600")
    return seconds
