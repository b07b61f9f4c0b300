"""The judge is tried itself: it finds nothing in a run that went well, and each thing that is broken on purpose.

One run for all of it. Each test breaks something of its own and looks for what is said of that.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from rich.console import Console

from ops.checks import Finding
from shared.kit.kafka import Kafka
from tests.journeys.log import whole_log
from tests.resilience.judge import found_standing
from tests.resilience.ledger import Command
from tests.resilience.rebuilt import check_rebuilt
from tests.resilience.run import Ran, Run
from tests.resilience.stored import check_commands

pytestmark = pytest.mark.timeout(420)
OF_COMMAND = "SELECT id, stream, version FROM events WHERE metadata->>'correlation' = $1"


class Broken:
    """A run at rest, and its commands that are there to be broken, each once."""

    def __init__(self, ran: Ran) -> None:
        self.ran = ran
        whole = [one for one in ran.ledger if one.outcome == "acknowledged" and not one.idle]
        # One of each stream, for a stream that was broken takes no further command.
        self.updates = iter({one.stream: one for one in whole if one.what == "prospect.update"}.values())

    def victim(self) -> tuple[Command, UUID, str]:
        """A command that wrote one event, with that event and its stream."""
        command = next(self.updates)
        [(event, stream, _)] = self.rows("crm", OF_COMMAND, command.id)
        return command, event, stream

    def rows(self, service: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return asyncio.run(self.ran.system.rows(service, sql, *values))

    def found(self, ledger: list[Command] | None = None) -> list[Finding]:
        ran = self.ran
        return asyncio.run(found_standing(ran.installation, ledger or ran.ledger, ran.system.platform.outside_url))

    def checks(self, *ids: object) -> set[str]:
        """What is said of any of these."""
        wanted = set(map(str, ids))
        return {finding.check for finding in self.found() if wanted & set(finding.ids)}


@pytest.fixture(scope="module")
def broken() -> Iterator[Broken]:
    run = Run(seed=4, commands=280, faults=0, tell=Console(quiet=True))
    with run.at_rest() as ran:
        assert run.outcome.figures.surprises == []
        yield Broken(ran)


def test_nothing_is_found_in_a_run_that_went_well(broken: Broken) -> None:
    assert broken.found() == []
    outcomes = {command.outcome for command in broken.ran.ledger}
    assert {"acknowledged", "refused"} <= outcomes


def test_a_deleted_event_is_found(broken: Broken) -> None:
    command, event, stream = broken.victim()
    broken.rows("crm", "DELETE FROM events WHERE id = $1", event)
    assert {"store.lacks", "facts.unknown"} <= broken.checks(event)
    assert {"store.lacks", "command.lost"} <= broken.checks(command.id, stream)


def test_an_edited_event_is_found(broken: Broken) -> None:
    _, event, _ = broken.victim()
    broken.rows("crm", "UPDATE events SET data = '{}' WHERE id = $1", event)
    assert broken.checks(event) == {"store.chain", "topic.differs"}


def test_a_record_that_comes_twice_is_found(broken: Broken) -> None:
    _, event, _ = broken.victim()
    asyncio.run(_repeat(broken, event))
    assert broken.checks(event) == {"topic.doubled", "topic.order"}


async def _repeat(broken: Broken, event: UUID) -> None:
    platform = broken.ran.system.platform
    [record] = [one.record for one in await whole_log(broken.ran.installation) if one.envelope.id == event]
    producer = Kafka(platform.kafka, "test", "admin", platform.kafka_users["admin"]).transactional_producer(
        "test.twice"
    )
    await producer.start()
    async with producer.transaction():
        await producer.send(
            record.topic, record.value, key=record.key, headers=list(record.headers), partition=record.partition
        )
    await producer.stop()


def test_a_fact_that_is_missing_is_found(broken: Broken) -> None:
    _, event, _ = broken.victim()
    broken.rows("reporting", "DELETE FROM facts WHERE event_id = $1", event)
    assert broken.checks(event) == {"facts.lacks"}


def test_a_row_that_stands_behind_its_stream_is_found(broken: Broken) -> None:
    _, _, stream = broken.victim()
    broken.rows("crm", "UPDATE prospects SET version = version - 1 WHERE id = $1", UUID(stream[-36:]))
    assert "read-model.row" in broken.checks(stream)


def test_a_version_that_a_consumer_has_not_seen_is_found(broken: Broken) -> None:
    _, _, stream = broken.victim()
    broken.rows("reporting", "UPDATE seen SET version = version - 1 WHERE stream = $1", stream)
    assert "consumer.seen" in broken.checks(stream)


def test_a_hand_over_without_an_application_is_found(broken: Broken) -> None:
    [(hand_over, application), *_] = broken.rows(
        "ats", "DELETE FROM applications WHERE hand_over IS NOT NULL RETURNING hand_over, id"
    )
    assert broken.checks(hand_over) == {"hand-over.lost"}
    assert broken.checks(f"application-{application}") == {"read-model.row"}


def test_a_command_that_is_carried_out_twice_is_found(broken: Broken) -> None:
    command, _, _ = broken.victim()
    answer = httpx.post(
        f"{broken.ran.system.url('crm')}/v1/prospects/{command.stream}/update",
        json={"tags": ["once more"]},
        headers={"Authorization": f"Bearer {broken.ran.system.token()}", "X-Correlation-Id": command.id},
    )
    answer.raise_for_status()
    assert "command.doubled" in broken.checks(command.id)


def test_what_the_ledger_says_and_the_store_does_not_is_found(broken: Broken) -> None:
    command, _, _ = broken.victim()
    [(of, version)] = {*command.acknowledged}
    lies = {
        "command.refused": replace(command, acknowledged=[], refused=[(409, "conflict")], attempts=1),
        "command.lost": replace(command, id="00000000-0000-0000-0000-000000000000"),
        "command.answers": replace(command, acknowledged=[(of, version), (of, version + 1)]),
        "command.fault": replace(command, unknown=["500 fault"]),
    }
    for check, lie in lies.items():
        [finding] = asyncio.run(check_commands(broken.ran.installation, [lie]))
        assert (finding.check, lie.id in finding.ids) == (check, True)
    unanswered = replace(command, acknowledged=[], unknown=["ReadTimeout"])
    assert asyncio.run(check_commands(broken.ran.installation, [unanswered])) == []


def test_a_message_that_comes_twice_is_found(broken: Broken) -> None:
    platform = broken.ran.system.platform
    [message, *_] = httpx.get(f"{platform.outside_url}/slack/messages").json()
    again = {name: message[name] for name in ("channel", "text", "metadata")}
    token = {"Authorization": f"Bearer {platform.secrets['slack_token']}"}
    answer = httpx.post(f"{platform.outside_url}/slack/api/chat.postMessage", json=again, headers=token).json()
    assert answer["ok"], answer
    assert broken.checks(message["metadata"]["event_payload"]["notification_id"]) == {"message.doubled"}


def test_tables_that_a_rebuild_gives_otherwise_are_found(broken: Broken) -> None:
    """Those of the tests above, for the log knows better."""
    found = asyncio.run(check_rebuilt(broken.ran.installation))
    differing = {(finding.service, finding.ids[0]) for finding in found if finding.check == "rebuilt.differs"}
    assert {("reporting", "facts"), ("ats", "applications")} <= differing, found
    # In the CRM's streams an event was edited and one deleted: they differ, or can't be folded at all.
    assert [finding.check for finding in found if finding.service == "crm"] != [], found
