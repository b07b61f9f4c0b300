"""Adverse impact is frozen where nobody reads who decides, and stays as it was told when somebody is erased."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.main import wire
from services.reporting.metrics import catalogue
from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.metrics.sealing import erased
from services.reporting.settings import ReportingSettings
from services.reporting.tests.conftest import FOUNDED, Keep, Tell, member
from services.reporting.tests.log import Log
from services.reporting.tests.making import make, of_name
from services.reporting.tests.test_adverse_impact import history, offered, rejected
from services.reporting.tests.test_digests import root_of
from services.reporting.tests.test_facts import rows
from services.reporting.tests.test_self_identifications import REPORT, job, six_and_six, telling, told
from shared.events.ats.application import ApplicationSubmitted
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.personal import Erased
from shared.events.reporting.adverse_impact_snapshot import STREAM
from shared.kit.keyring.postgres import BY_NUMBER, PostgresKeyring
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

pytestmark = pytest.mark.usefixtures("caught_up")

SNAPSHOTS = "/adverse-impact-snapshots"

Seal = Callable[..., Awaitable[str]]


@pytest.fixture
def known() -> list[Fact]:
    return six_and_six()


@pytest.fixture
async def seal(lead: Api, tell: Tell, known: list[Fact]) -> Seal:
    await tell(known)

    async def seal(by: Api = lead, **question: Any) -> str:
        of: str = (await by.post(SNAPSHOTS, {"question": question}))["id"]
        return of

    return seal


@pytest.fixture
def forget(keyring: PostgresKeyring, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Awaitable[Any]]:
    """Destroys the key of an applicant. Its fate may be a minute old in a cache; these tests are not about that."""
    monkeypatch.setattr("shared.kit.keyring.postgres.CACHE_SECONDS", -1.0)

    async def forget(applicant: str) -> None:
        await keyring.destroy(str(of_name(f"person of {applicant}")), "self-identification")

    return forget


async def verdict(lead: Api, snapshot: str) -> Any:
    return await lead.get(f"{SNAPSHOTS}/{snapshot}/verify")


async def test_what_comes_later_leaves_it_as_it_was_told(lead: Api, tell: Tell, seal: Seal, known: list[Fact]) -> None:
    shown = told(await lead.get(REPORT))
    snapshot = await seal()
    sealed = await lead.get(f"{SNAPSHOTS}/{snapshot}")
    # Kafka may have taken it before the seal, and be slow to give it: another application, and another word of X0.
    earlier = replace(telling("Y", 1), occurred=known[-1].occurred, position=10_000, known=known[-1].known)
    word = earlier.event.model_copy(update={"application_id": of_name("X0"), "person_id": of_name("person of X0")})
    await tell([replace(earlier, event=word), *history("X9", "X", rejected())])
    assert told(await lead.get(REPORT)) != shown
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"], found["facts"]) == ("same", {}, {})
    assert await lead.get(f"{SNAPSHOTS}/{snapshot}") == sealed
    assert told(sealed) == shown
    # A job, and of twelve a submission, a word and an outcome each.
    assert (sealed["facts"], sealed["erased"]) == (1 + 12 * 3, 0)
    assert sealed["definition"]["parameters"]["countries"] == ["US"]
    await lead.get(f"{SNAPSHOTS}/{snapshot}/table")
    assert sha256(lead.last.content).hexdigest() == sealed["answer"]


async def test_it_is_told_on_the_topic_that_nobody_reads_who_decides(reporting: Wired, lead: Api, seal: Seal) -> None:
    snapshot = await seal(period="2026")
    found = await rows(reporting, "SELECT type, key, data::text AS data FROM events ORDER BY position")
    assert STREAM.kafka_topic == "reporting.self-identification"
    # All may read what a figure means, and nothing in it is of this report.
    [sealed, meaning] = found
    assert (sealed["type"], sealed["key"]) == ("reporting.adverse-impact-snapshot.sealed", snapshot)
    assert meaning["type"] == "reporting.metric.defined"
    assert 'considered\\":6' in sealed["data"]
    assert 'considered\\":6' not in meaning["data"]
    [listed] = (await lead.get(SNAPSHOTS))["items"]
    assert (listed["id"], listed["metric"], listed["version"]) == (snapshot, "adverse-impact", 1)
    assert (await lead.get("/snapshots"))["items"] == []
    await lead.get(f"/snapshots/{snapshot}", status=404)


async def test_what_an_erased_person_told_is_missing_and_the_table_stands(
    lead: Api, seal: Seal, forget: Callable[[str], Awaitable[Any]]
) -> None:
    snapshot = await seal()
    await lead.get(f"{SNAPSHOTS}/{snapshot}/table")
    table = lead.last.content
    await forget("X5")
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"], found["facts"]) == ("erased since", {"erased": 1}, {})
    assert "stands as it was told" in found["next_step"]
    assert "count as undisclosed" in found["next_step"]
    await lead.get(f"{SNAPSHOTS}/{snapshot}/table")
    assert lead.last.content == table
    assert told(await lead.get(f"{SNAPSHOTS}/{snapshot}"))["X"][:2] == (6, 4)
    later = await seal()
    assert (await lead.get(f"{SNAPSHOTS}/{later}"))["erased"] == 1
    assert (await verdict(lead, later))["verdict"] == "same"
    await forget("Y5")
    assert [(await verdict(lead, of))["counts"] for of in (snapshot, later)] == [{"erased": 2}, {"erased": 1}]


async def test_who_is_erased_and_counts_in_no_figure_leaves_the_answer_the_same(
    lead: Api, tell: Tell, seal: Seal, forget: Callable[[str], Awaitable[Any]]
) -> None:
    await tell([job("J2", "DE"), *history("Z", "X", rejected())])
    snapshot = await seal(period="2025")
    await forget("Z")
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"]) == ("same", {"erased": 1})


async def test_a_fact_that_was_changed_is_named_whether_or_not_somebody_was_erased(
    reporting: Wired, lead: Api, seal: Seal, known: list[Fact], forget: Callable[[str], Awaitable[Any]]
) -> None:
    snapshot = await seal()
    submitted = next(fact for fact in known if isinstance(fact.event, ApplicationSubmitted))
    word = next(fact for fact in known if isinstance(fact.event, SelfIdentificationRecorded))
    earlier = "SET occurred = occurred - interval '1 day' WHERE event_id = $1"
    await reporting.store.database.execute(f"UPDATE facts {earlier}", submitted.id)
    await reporting.store.database.execute(f"UPDATE self_identifications {earlier}", word.id)
    await forget("X5")
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"]) == ("facts differ", {"missing": 0, "added": 0, "changed": 2})
    assert set(found["facts"]["changed"]) == {str(submitted.id), str(word.id)}


async def test_an_answer_that_differs_though_nobody_was_erased_is_another_answer(
    reporting: Wired, lead: Api, seal: Seal, monkeypatch: pytest.MonkeyPatch, forget: Callable[[str], Awaitable[Any]]
) -> None:
    await forget("X5")
    snapshot = await seal()
    here = catalogue.VERSIONS["adverse-impact"][1]
    other = replace(here, compute=lambda world, question: Report([]))
    monkeypatch.setitem(catalogue.VERSIONS["adverse-impact"], 1, other)
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"]) == ("the answer differs", {})
    assert "no longer computes what it did" in found["next_step"]


async def test_keys_that_came_back_with_an_older_keyring_are_told_as_such(
    lead: Api, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.keyring.postgres.CACHE_SECONDS", -1.0)
    gone = f"CASE WHEN subject = '{of_name('person of X5')}' THEN now() END AS destroyed"
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("shared.kit.keyring.postgres.BY_NUMBER", BY_NUMBER.replace("destroyed", gone))
        snapshot = await seal()
    assert (await lead.get(f"{SNAPSHOTS}/{snapshot}"))["erased"] == 1
    found = await verdict(lead, snapshot)
    assert (found["verdict"], found["counts"]) == ("the answer differs", {})
    assert "destroy them again" in found["next_step"]


def word(value: Any, **changed: Any) -> Fact:
    given = {"category": "race", "application_id": of_name("A"), "person_id": of_name("Ada"), **changed}
    return Fact(of_name("event"), make(SelfIdentificationRecorded, value=value, **given), 7, FOUNDED, FOUNDED)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (word("Y"), True),
        (word(None), True),
        (word("X", category="sex"), False),
        (word("X", person_id=of_name("Bob")), False),
        (word("X", application_id=of_name("B")), False),
        (replace(word("X"), occurred=FOUNDED + timedelta(days=1)), False),
        (replace(word("X"), id=of_name("another event")), False),
    ],
)
async def test_a_digest_says_of_whom_what_and_when_and_never_what_they_told(
    other: Fact, same: bool, reporting: Wired, log: Log, keep: Keep
) -> None:
    roots = []
    for fact in (word("X"), other):
        await keep(await log.deliveries([fact]))
        roots.append((await root_of(reporting, ADVERSE_IMPACT)).hex)
        await reporting.store.database.execute("TRUNCATE self_identifications")
    assert (roots[0] == roots[1]) is same


def test_only_what_somebody_told_of_themselves_counts_as_erased() -> None:
    assert erased([word("X"), word(None), word(Erased("7.x.y")), *history("A", None, offered("A"))]) == 1


async def test_leads_and_hr_freeze_and_read_it_and_nobody_else(anybody: Api, tell: Tell, seal: Seal) -> None:
    roles = ("admin", "recruiter", "sourcer", "hiring_manager", "ops", "interviewer", "approver")
    await tell([member("vera", "hr"), *(member(role, role) for role in roles)])
    hr = anybody.as_("vera")
    snapshot = await seal(hr)
    paths = [SNAPSHOTS, *(f"{SNAPSHOTS}/{snapshot}{what}" for what in ("", "/table", "/verify"))]
    for path in paths:
        await hr.get(path)
        for role in roles:
            assert "self-identification:read" in (await anybody.as_(role).get(path, status=403))["detail"]
    for role in roles:
        assert "adverse-impact:write" in (await anybody.as_(role).post(SNAPSHOTS, {}, status=403))["detail"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"countries": ["DE"]}, "switched off in DE"),
        ({"category": "colour"}, "question.category"),
        ({"as_of": "2199-01-01"}, "ask for an earlier moment"),
        ({"version": 9}, "ask for one of 1"),
    ],
)
async def test_a_bad_question_is_not_frozen(lead: Api, question: dict[str, Any], said: str) -> None:
    assert said in str(await lead.post(SNAPSHOTS, {"question": question}, status=422))
    assert (await lead.get(SNAPSHOTS))["items"] == []


async def test_among_the_reports_that_all_may_read_it_is_refused(lead: Api) -> None:
    refused = await lead.post("/snapshots", {"report": "adverse-impact"}, status=422)
    assert "POST /v1/adverse-impact-snapshots" in refused["next_step"]
    await lead.get(f"{SNAPSHOTS}/{uuid4()}/verify", status=404)


@pytest.fixture
async def elsewhere(settings: ReportingSettings, issuer: Issuer) -> AsyncIterator[Callable[..., Wired]]:
    """The same service on the same database, set up otherwise."""
    started: list[Wired] = []

    def elsewhere(**changed: Any) -> Wired:
        wired = wire(settings.model_copy(update=changed), issuer.client())
        wired.store.open_for_writing()
        started.append(wired)
        return wired

    yield elsewhere
    for wired in started:
        await wired.close()


async def test_without_the_keyring_no_data_is_neither_frozen_nor_verified(
    elsewhere: Callable[..., Wired], issuer: Issuer, seal: Seal
) -> None:
    snapshot = await seal()
    wired = elsewhere(keyring_url=None, wrapping_keys={})
    lead = Api(wired.app, issuer, subject="lead")
    for refused in (
        await lead.post(SNAPSHOTS, {}, status=422),
        await lead.get(f"{SNAPSHOTS}/{snapshot}/verify", status=422),
    ):
        assert "HIRELOG_KEYRING_URL" in refused["next_step"]
    assert told(await lead.get(f"{SNAPSHOTS}/{snapshot}"))["X"][:2] == (6, 4)


async def test_where_it_was_switched_off_since_it_is_read_and_not_run_again(
    elsewhere: Callable[..., Wired], issuer: Issuer, seal: Seal
) -> None:
    snapshot = await seal()
    lead = Api(elsewhere(adverse_impact_in=frozenset({"DE"})).app, issuer, subject="lead")
    assert told(await lead.get(f"{SNAPSHOTS}/{snapshot}"))["X"][:2] == (6, 4)
    assert "switched off in US" in (await lead.get(f"{SNAPSHOTS}/{snapshot}/verify", status=422))["detail"]
