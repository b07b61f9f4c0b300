"""What people told of themselves: kept sealed, opened for those who may ask, and gone with its key."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.reporting.main import wire
from services.reporting.metrics.fact import Fact
from services.reporting.settings import ReportingSettings
from services.reporting.tests.conftest import FOUNDED, Keep, Tell, member
from services.reporting.tests.log import Log
from services.reporting.tests.making import make, of_name
from services.reporting.tests.test_adverse_impact import history, offered, rejected
from services.reporting.tests.test_facts import rows
from shared.events.ats.job import JobOpened
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.crm.prospect import CandidateSourced
from shared.kit.effects import Delivery
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.keyring.postgres import BY_NUMBER, PostgresKeyring
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.unit import Unit
from shared.kit.wiring import Wired

REPORT = "/reports/adverse-impact"
COUNTED = ("considered", "selected", "ratio", "verdict")


def telling(value: str, second: int, person: str = "Ada") -> Fact:
    event = make(
        SelfIdentificationRecorded, category="race", value=value, person_id=of_name(person), application_id=uuid4()
    )
    return Fact(uuid4(), event, second + 1, FOUNDED, FOUNDED + timedelta(seconds=second))


def job(name: str, country: str | None) -> Fact:
    return Fact(uuid4(), make(JobOpened, job_id=of_name(name), country=country), 1, FOUNDED, FOUNDED)


def six_and_six(country: str | None = "US") -> list[Fact]:
    """Who applied to a job in that country."""
    of_x = [history(f"X{n}", "X", offered(f"X{n}") if n < 4 else rejected()) for n in range(6)]
    of_y = [history(f"Y{n}", "Y", offered(f"Y{n}") if n < 1 else rejected()) for n in range(6)]
    return [job("J1", country), *(fact for application in (*of_x, *of_y) for fact in application)]


def told(answer: dict[str, Any]) -> dict[str | None, tuple[Any, ...]]:
    return {row["group"]["race"]: tuple(row[name] for name in COUNTED) for row in answer["rows"]}


async def test_it_is_kept_apart_and_only_sealed(reporting: Wired, tell: Tell) -> None:
    fact = telling("Vulcan", 1)
    await tell([fact])
    assert await rows(reporting, "SELECT * FROM facts") == []
    [row] = await rows(reporting, "SELECT *, data::text AS body FROM self_identifications")
    assert (row["event_id"], row["person_id"], row["schema_version"]) == (fact.id, of_name("Ada"), 1)
    number, nonce, sealed = json.loads(row["body"])["value"].split(".")
    assert number.isdigit()
    assert nonce
    assert sealed
    assert "Vulcan" not in str(row)


async def test_when_it_was_known_follows_the_rule_of_facts(reporting: Wired, keep: Keep, log: Log) -> None:
    deliveries = await log.deliveries(telling("X", n) for n in range(4))
    for index, second in enumerate((1, 7, 3, 8)):
        deliveries[index].record.timestamp = int((FOUNDED + timedelta(seconds=second)).timestamp() * 1000)
    parked = deliveries.pop(1)
    await keep(deliveries)
    await keep([parked])
    found = await rows(reporting, 'SELECT known FROM self_identifications ORDER BY partition, "offset"')
    assert [(row["known"] - FOUNDED).total_seconds() for row in found] == [1, 7, 7, 8]


async def test_a_lead_reads_the_groups_and_an_erased_person_is_undisclosed(
    lead: Api, tell: Tell, keyring: PostgresKeyring, forgetful: None
) -> None:
    await tell(six_and_six())
    assert told(await lead.get(REPORT)) == {"X": (6, 4, None, "reference"), "Y": (6, 1, "1/4", "flagged")}
    await keyring.destroy(str(of_name("person of X5")), "self-identification")
    assert told(await lead.get(REPORT)) == {
        "X": (5, 4, None, "reference"), "Y": (6, 1, "5/24", "flagged"), None: (1, 0, None, "undisclosed"),
    }  # fmt: skip


async def test_whoever_decides_about_people_or_runs_the_machines_reads_no_groups(anybody: Api, tell: Tell) -> None:
    roles = ("admin", "recruiter", "sourcer", "hiring_manager", "ops", "interviewer", "approver")
    await tell([member(role, role) for role in roles])
    for role in roles:
        for path in (REPORT, f"{REPORT}/explain"):
            refused = await anybody.as_(role).get(path, status=403)
            assert "self-identification:read" in refused["detail"]


async def test_hr_and_leads_read_groups(anybody: Api, tell: Tell) -> None:
    await tell([member("vera", "hr"), *six_and_six()])
    for subject in ("vera", "lead"):
        assert (await anybody.as_(subject).get(REPORT))["note"] is None
    explained = await anybody.as_("vera").get(f"{REPORT}/explain")
    assert {len(row["parts"]) for row in explained["rows"]} == {12}


@pytest.mark.parametrize("country", ["DE", None])
async def test_where_it_is_not_switched_on_nobody_is_counted(lead: Api, tell: Tell, country: str | None) -> None:
    await tell(six_and_six(country))
    answer = await lead.get(f"{REPORT}/explain")
    assert (answer["rows"], answer["left_out"]) == ([], {"not of the kind asked for": 12})
    assert answer["definition"]["parameters"]["countries"] == ["US"]
    refused = await lead.get(REPORT, countries=["US", "DE"], status=422)
    assert (refused["detail"], refused["next_step"]) == ("Adverse impact is switched off in DE", "ask about US")


async def test_it_is_switched_off_unless_a_country_is_named(
    settings: ReportingSettings, issuer: Issuer, log: Log
) -> None:
    nowhere = settings.model_copy(update={"adverse_impact_in": frozenset()})
    assert ReportingSettings.model_fields["adverse_impact_in"].default == frozenset()
    wired = wire(nowhere, issuer.client())
    await consume(wired, await log.deliveries([member("lead", "lead"), *six_and_six()]))
    lead = Api(wired.app, issuer, subject="lead")
    for path in (REPORT, f"{REPORT}/explain", f"{REPORT}.csv", f"{REPORT}/explain.csv", f"{REPORT}/diff"):
        assert "HIRELOG_ADVERSE_IMPACT_IN" in (await lead.get(path, status=422))["next_step"]
    await wired.close()


@pytest.fixture
async def without_keyring(settings: ReportingSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    wired = wire(settings.model_copy(update={"keyring_url": None, "wrapping_keys": {}}), issuer.client())
    yield wired
    await wired.close()


async def test_without_the_keyring_reporting_starts_and_has_no_data_on_groups(
    without_keyring: Wired, issuer: Issuer, log: Log
) -> None:
    await consume(without_keyring, await log.deliveries([member("lead", "lead"), *six_and_six()]))
    lead = Api(without_keyring.app, issuer, subject="lead")
    answer = await lead.get(REPORT)
    assert (answer["note"], answer["rows"]) == ("no data", [])
    assert "HIRELOG_KEYRING_URL" in (await lead.get(f"{REPORT}/diff", status=422))["next_step"]
    assert (await lead.get("/reports/funnel"))["rows"][0]["reached"] == 12
    assert len(await rows(without_keyring, "SELECT FROM self_identifications")) == 12


async def test_no_consumer_asks_the_keyring_for_anything(reporting: Wired) -> None:
    named = Fact(uuid4(), make(CandidateSourced, person_id=uuid4(), name="Ada"), 1, FOUNDED, FOUNDED)
    # Sealed with keys that the keyring has never heard of: asking for one would be a fault.
    await consume(reporting, await Log(keyring=MemoryKeyring()).deliveries([named, telling("X", 1)]))
    for table in ("facts", "self_identifications"):
        assert len(await rows(reporting, f"SELECT FROM {table}")) == 1


async def test_a_key_that_is_missing_is_a_fault_and_nobody_becomes_undisclosed(
    lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(six_and_six())
    monkeypatch.setattr("shared.kit.keyring.postgres.BY_NUMBER", f"{BY_NUMBER} LIMIT 11")
    await lead.get(REPORT, status=503)
    await lead.get("/reports/funnel")


async def consume(wired: Wired, deliveries: Iterable[Delivery]) -> None:
    """As the service's own consumers do."""
    of_log = list(deliveries)
    for consumer in wired.consumers:
        own = [delivery for delivery in of_log if consumer.effect.handles(delivery.envelope.type)]
        await consumer.effect.apply(own, Standing())


class Standing:
    """Progress that is not written."""

    async def open(self, connection: asyncpg.Connection) -> None: ...

    async def close(self, connection: asyncpg.Connection, unit: Unit) -> None: ...

    async def write(self, connection: asyncpg.Connection) -> None: ...
