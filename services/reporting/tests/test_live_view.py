"""What the live view shows, and how the facts correct it: both from the same events."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.reporting.live.counted import FIELDS, RUNS_AFTER
from services.reporting.live.process import correct
from services.reporting.live.view import View
from services.reporting.live.windows import WIDTH, start_of
from services.reporting.metrics.fact import Fact
from services.reporting.tests.conftest import Tell
from services.reporting.tests.making import make
from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted
from shared.events.crm.campaign import CampaignStarted
from shared.events.crm.touchpoint import TouchpointReplied
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.database import Database
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.testing.relayed import Relayed
from shared.kit.wiring import Wired

CAMPAIGN = uuid4()
RUNS, ENDED = "crm.campaign.started", "crm.campaign.ended"


async def take(view: View, events: Sequence[Event], occurred: datetime) -> None:
    """As the agent does, without Kafka."""
    deliveries = await Relayed(Codec(MemoryKeyring())).deliveries(CAMPAIGN, events, occurred)
    for delivery, event in zip(deliveries, events, strict=True):
        if delivery.envelope.type in RUNS_AFTER:
            view.campaign(delivery.envelope)
        view.take(delivery.envelope, {name: getattr(event, name, None) for name in FIELDS}, now())


def shown(view: View, series: str, at: datetime | None = None) -> dict[str, int]:
    """Over all windows."""
    total: dict[str, int] = {}
    for window in json.loads(view.snapshot(at or now()))["windows"]:
        for name, n in window[series].items():
            total[name] = total.get(name, 0) + n
    return total


def arrival(source: str) -> Event:
    return make(ApplicationSubmitted, source=source, stage="applied")


def reply(campaign: UUID = CAMPAIGN, automatic: bool = False) -> Event:
    return make(TouchpointReplied, campaign=campaign, automatic=automatic)


@pytest.fixture
def database(reporting: Wired) -> Database:
    return reporting.store.database


@pytest.fixture
def ago() -> datetime:
    """In a window that has ended."""
    return now() - 5 * WIDTH


def fact(event: Event, at: datetime) -> Fact:
    return Fact(new_id(), event, 1, at, at)


async def test_replies_are_shown_of_campaigns_that_run() -> None:
    view, other = View(), uuid4()
    await take(view, [reply(), reply(other)], now())
    assert shown(view, "replies") == {}
    await take(view, [make(CampaignStarted, campaign_id=CAMPAIGN)], now())
    assert shown(view, "replies") == {str(CAMPAIGN): 1}


async def test_a_snapshot_stays_the_same_text_as_long_as_nothing_is_new() -> None:
    view, moment = View(), datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
    assert view.snapshot(moment) == view.snapshot(moment + timedelta(seconds=20))
    assert json.loads(view.snapshot(moment)) == {
        "corrected": None,
        "windows": [{"start": "2026-03-02T12:00:00Z", "arrivals": {}, "stages": {}, "replies": {}}],
    }


async def test_a_lost_event_appears_with_the_correction(database: Database, tell: Tell, ago: datetime) -> None:
    view = View()
    await take(view, [arrival("referral")], ago)
    advanced = make(ApplicationAdvanced, from_stage="applied", to_stage="onsite")
    await tell([fact(arrival("referral"), ago), fact(arrival("linkedin"), ago), fact(advanced, ago)])
    await correct(view, database, now())
    assert shown(view, "arrivals") == {"linkedin": 1, "referral": 1}
    assert shown(view, "stages") == {"applied": 2, "onsite": 1}


async def test_an_invented_event_disappears_with_the_correction(database: Database, tell: Tell, ago: datetime) -> None:
    view = View()
    await take(view, [arrival("referral"), arrival("referral"), arrival("nowhere")], ago)
    await tell([fact(arrival("referral"), ago)])
    await correct(view, database, now())
    assert shown(view, "arrivals") == {"referral": 1}


async def test_the_correction_counts_as_the_log_that_passes(database: Database, tell: Tell, ago: datetime) -> None:
    events = [
        make(CampaignStarted, campaign_id=CAMPAIGN), arrival("referral"), arrival("x" * 300),
        make(ApplicationAdvanced, from_stage="applied", to_stage="onsite"), reply(), reply(automatic=True),
        make(TouchpointReplied, automatic=False),
    ]  # fmt: skip
    passed, corrected = View(), View()
    await take(passed, events, ago)
    await tell(fact(event, ago) for event in events)
    await correct(corrected, database, now())
    for series in ("arrivals", "stages", "replies"):
        assert shown(corrected, series) == shown(passed, series) != {}


@pytest.mark.parametrize(("after", "whose"), [(timedelta(seconds=4), "log"), (timedelta(seconds=6), "facts")])
async def test_a_window_is_the_logs_until_a_moment_after_its_end_and_then_the_facts(
    database: Database, tell: Tell, after: timedelta, whose: str
) -> None:
    view, begin = View(), start_of(now())
    await take(view, [arrival("log")], begin)
    await tell([fact(arrival("facts"), begin)])
    await correct(view, database, begin + WIDTH + after)
    assert shown(view, "arrivals", begin + WIDTH) == {whose: 1}


async def test_facts_that_are_behind_the_log_correct_nothing(database: Database, tell: Tell, ago: datetime) -> None:
    view = View()
    await take(view, [arrival("referral")], ago)
    view.seen["ats.events", 3] = 12
    await stand(database, "ats.events", 3, 11)
    await correct(view, database, now())
    assert shown(view, "arrivals") == {"referral": 1}
    assert view.corrected is None
    await stand(database, "ats.events", 3, 12)
    await correct(view, database, now())
    assert shown(view, "arrivals") == {}
    assert view.corrected is not None


async def test_the_last_fact_about_a_campaign_says_whether_it_runs(
    database: Database, tell: Tell, ago: datetime
) -> None:
    view = View()
    await tell([fact(make(CampaignStarted, campaign_id=CAMPAIGN), ago - 90 * WIDTH), fact(reply(), ago)])
    await correct(view, database, now())
    assert shown(view, "replies") == {str(CAMPAIGN): 1}
    await tell([fact(make(CampaignStarted, campaign_id=CAMPAIGN), ago)])
    # That it ended has a name, and no contract yet.
    await database.execute("UPDATE facts SET type = $1 WHERE type = $2 AND version = 2", ENDED, RUNS)
    await correct(view, database, now())
    assert shown(view, "replies") == {}


async def stand(database: Database, topic: str, partition: int, at: int) -> None:
    await database.execute(
        "INSERT INTO positions (consumer, topic, partition, next_offset) VALUES ('reporting.facts', $1, $2, $3) "
        "ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
        topic, partition, at,
    )  # fmt: skip
