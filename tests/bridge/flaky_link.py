"""A TCP proxy between a program and its server that can be cut in the middle of an answer, or swallow everything."""

import asyncio
import contextlib


class FlakyLink:
    """Forwards to 127.0.0.1:`target_port`. `cut_replies_after` ends each connection after that many bytes of answers."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut_replies_after: int | None = None
        self.silent = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Resets every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            self._tasks.discard(task)
            return
        self._writers.add(back)
        try:
            await asyncio.gather(self._pump(reader, back, is_reply=False), self._pump(there, writer, is_reply=True))
        finally:
            for end in (writer, back):
                end.transport.abort()
                self._writers.discard(end)
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_reply: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.silent:
                    continue
                if is_reply and self.cut_replies_after is not None and passed + len(data) > self.cut_replies_after:
                    writer.write(data[: self.cut_replies_after - passed])
                    with contextlib.suppress(OSError):
                        await writer.drain()
                    writer.transport.abort()
                    return
                passed += len(data)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
