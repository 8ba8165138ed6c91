"""amqtt as a program of its own: `python -m vigie.deploy.embedded_broker PORT`. For trying out where Mosquitto is not there.

It speaks MQTT 3.1.1 only, is an order of magnitude slower, and forgets most of what it should keep for an absent session
(measured: 1 of 50): the replay from the Pis' own logs carries that (docs/design/delivery.md).
"""

import asyncio
import signal
import sys

from amqtt.broker import Broker

from vigie.runtime import logging as runtime_logging


async def serve(port: int) -> None:
    """Runs the broker on 127.0.0.1:`port` until SIGTERM or SIGINT."""
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await broker.start()
    await stop.wait()
    await broker.shutdown()


if __name__ == "__main__":
    runtime_logging.setup("broker")
    asyncio.run(serve(int(sys.argv[1])))
