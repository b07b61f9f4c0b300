"""The agent that bench.faust is measured against: the same decoding and the same upsert, in a process of its own."""

import os
from typing import Any

import asyncpg
import faust

import shared.events  # noqa: F401
from bench.toy import TOPICS, UPSERT_ONE, stage_of
from shared.events.envelope import from_headers
from shared.events.event import registry

settings: dict[str, Any] = {
    "broker": f"kafka://{os.environ['BENCH_KAFKA']}",
    "broker_credentials": faust.SASLCredentials(
        username=os.environ["BENCH_USER"], password=os.environ["BENCH_PASSWORD"], mechanism="SCRAM-SHA-512"
    ),
}
app = faust.App(
    os.environ["BENCH_APP"],
    **settings,
    value_serializer="raw",
    topic_allow_declare=False,
    topic_disable_leader=True,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=os.environ["BENCH_DATA"],
)
topic = app.topic(*TOPICS, value_type=bytes)


@app.agent(topic)
async def moves(stream: Any) -> None:
    pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE"], min_size=1, max_size=1)
    async for event in stream.events():
        headers = {name: value if isinstance(value, bytes) else value.encode() for name, value in event.headers.items()}
        envelope = from_headers(list(headers.items()), event.message.key)
        found: Any = registry.get(envelope.type).model.model_validate_json(event.message.value)
        await pool.execute(
            UPSERT_ONE, envelope.id, found.application_id, envelope.version, stage_of(found), envelope.occurred
        )


if __name__ == "__main__":
    app.main()
