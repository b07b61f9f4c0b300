"""A TCP proxy between a service and Kafka or PostgreSQL that delays, limits, holds, cuts and resets."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Runs in a thread between `with` and its end. Listens on `port`; `target` may be set once it is known."""

    def __init__(self, target: int = 0) -> None:
        self.target = target
        self.refused = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._passing = asyncio.Event()
        self._clients: set[asyncio.StreamWriter] = set()
        self._delay_s, self._bytes_per_s, self._cut = 0.0, float("inf"), False

    def __enter__(self) -> Self:
        self._thread.start()
        self._passing.set()
        serving = asyncio.start_server(self._serve, sock=self._listening)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def delay(self, seconds: float) -> None:
        """Every piece of data, in both directions, comes so much later."""
        self._delay_s = seconds

    def limit(self, bytes_per_s: float) -> None:
        """Each connection carries no more than this, in each direction."""
        self._bytes_per_s = bytes_per_s

    def hold(self) -> None:
        """Nothing passes any more, and nothing is closed: as when a cable is pulled."""
        self._do(self._passing.clear)

    def cut(self) -> None:
        """Ends every connection and lets no new one through."""
        self._cut = True
        self._do(self._drop)

    def reset(self) -> None:
        """Ends every connection by a reset; new ones are welcome."""
        self._do(self._drop)

    def heal(self) -> None:
        self._delay_s, self._bytes_per_s, self._cut = 0.0, float("inf"), False
        self._do(self._passing.set)

    def _do(self, action: Callable[[], None]) -> None:
        async def act() -> None:
            action()

        asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def _drop(self) -> None:
        for client in self._clients:
            connection = client.get_extra_info("socket")
            # One end of a pair may be closed while what the other end sent before is still on its way.
            if connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.transport.abort()

    def _end(self) -> None:
        self._server.close()
        self._drop()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            self.refused += 1
            writer.transport.abort()
            return
        try:
            target_reader, target = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._clients |= {writer, target}
        try:
            await asyncio.gather(self._pass(reader, target), self._pass(target_reader, writer))
        finally:
            self._clients -= {writer, target}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self._delay_s + len(data) / self._bytes_per_s)
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
