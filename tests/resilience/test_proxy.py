"""The proxy itself, where a fault of it would be taken for a fault of a service."""

import asyncio

import pytest

from tests.resilience.proxy import Proxy


async def test_a_reset_ends_a_pair_that_is_half_closed_as_well() -> None:
    met: asyncio.Queue[asyncio.StreamReader] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"an answer that takes long on its way")
        await met.put(reader)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with Proxy(server.sockets[0].getsockname()[1]) as proxy:
            proxy.limit(bytes_per_s=0.1)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            asked = await asyncio.wait_for(met.get(), 30)
            # The proxy does one thing after another: when it has led a second one through, it holds the first answer.
            _, second = await asyncio.open_connection("127.0.0.1", proxy.port)
            await asyncio.wait_for(met.get(), 30)
            writer.write_eof()
            await asyncio.wait_for(asked.read(), 30)
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 30)
            writer.close()
            second.close()
