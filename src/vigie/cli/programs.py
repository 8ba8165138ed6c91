"""What runs: the house, and each of its programs. Every branch imports its own program only, and only when it is called."""

import argparse
import os
from pathlib import Path

from vigie.cli import arguments
from vigie.cli.arguments import Commands
from vigie.cli.left_out import CLIENTS, REQUESTS, left_out


def add_programs(commands: "Commands[argparse.ArgumentParser]") -> None:
    """`up`, `agent`, `camera`, `bridge`, `server`."""
    _add_up(commands)
    _add_agent(commands)
    _add_camera(commands)
    _add_bridge(commands)
    _add_server(commands)


def _add_up(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("up", help="the whole house in one command: broker, simulated Pis, bridge, server, dashboard")
    parser.add_argument("--host", default="127.0.0.1", help="address of the dashboard (default: %(default)s)")
    parser.add_argument("--port", type=arguments.port, default=8000, help="port of the dashboard (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="where everything is kept (default: ./vigie-data)")
    parser.add_argument(
        "--devices", type=arguments.device_count, default=2, metavar="N", help="simulated Pis (default: %(default)s)"
    )
    parser.add_argument(
        "--broker",
        type=arguments.broker,
        default="auto",
        metavar="KIND",
        help="auto, mosquitto, embedded, or mqtt://HOST:PORT of a running one",
    )
    parser.add_argument("--no-simulate", action="store_true", help="no simulated Pis: wait for real ones")
    parser.add_argument("--no-scenario", action="store_true", help="simulated Pis at rest: nobody walks by, only `vigie trigger`")
    parser.set_defaults(run=_up, extra="all")


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


def _add_agent(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("agent", help="one Pi: sensors, servo, siren (alias: sensor-publisher)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it the default wiring")
    parser.add_argument("--simulate", action="store_true", help="mock pins that `vigie trigger` drives, instead of real ones")
    parser.set_defaults(run=_agent, extra="agent")


def _agent(options: argparse.Namespace) -> int:
    from vigie.agent.app import run

    return run(options.config, os.environ, simulate=options.simulate)


def _add_camera(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("camera", help="one Pi's camera; the agent starts it, and configures it on its stdin")
    parser.set_defaults(run=_camera, extra="camera")


def _camera(_options: argparse.Namespace) -> int:
    from vigie.camera.app import run

    return run()


def _add_bridge(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("bridge", help="MQTT to the server and back (alias: mqtt-bridge)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it environment and defaults")
    parser.set_defaults(run=_bridge, extra="bridge")


def _bridge(options: argparse.Namespace) -> int:
    with left_out(REQUESTS):
        from vigie.bridge.app import run
    from vigie.bridge.settings import ENV_KEYS, BridgeSettings
    from vigie.runtime.config import load

    return run(load(BridgeSettings, options.config, os.environ, ENV_KEYS))


def _add_server(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("server", help="HTTP, Socket.IO and the dashboard")
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file; without it environment and defaults")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=arguments.port, help="port to listen on (default: 8000)")
    parser.set_defaults(run=_server, extra="server")


def _server(options: argparse.Namespace) -> int:
    from vigie.runtime.config import load

    with left_out(CLIENTS):
        from vigie.server.app import run
    from vigie.server.settings import ENV_KEYS, ServerSettings

    settings = load(ServerSettings, options.config, os.environ, ENV_KEYS)
    overrides = {name: value for name in ("host", "port") if (value := getattr(options, name)) is not None}
    return run(settings.model_copy(update=overrides))
