"""Control: a bridge that acknowledges to the broker what it has only in memory; its commit comes two seconds later."""

import asyncio
import sys

from vigie.bridge.spool import Spool
from vigie.cli import main
from vigie.runtime.mqtt import Connection

COMMIT_AFTER_S = 2.0

_messages, _acknowledge, _add = Connection.messages, Connection.acknowledge, Spool.add


async def messages_acknowledged(self):
    async for message in _messages(self):
        _acknowledge(self, message)
        yield message


async def add_later(self, *arguments, **options):
    await asyncio.sleep(COMMIT_AFTER_S)
    return await _add(self, *arguments, **options)


Connection.messages = messages_acknowledged
Connection.acknowledge = lambda _self, _message: None
Spool.add = add_later
sys.exit(main())
