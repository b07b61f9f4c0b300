"""A group that is flagged is put on record once, by whom it may be, on the topic that nobody reads who decides."""

from typing import Any

import pytest

from services.reporting.projections.flags import SHOWN
from services.reporting.tests.conftest import Tell, member
from services.reporting.tests.test_facts import rows
from services.reporting.tests.test_self_identifications import REPORT, six_and_six
from shared.events.reporting.adverse_impact import STREAM
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

FLAGS = "/adverse-impact-flags"


async def cells(lead: Api, **asked: Any) -> dict[str, str]:
    """By race, as the links of the rows name them."""
    found = (await lead.get(REPORT, **asked))["rows"]
    return {row["group"]["race"]: row["explain"].partition("cell=")[2] for row in found}


@pytest.fixture
async def period(tell: Tell) -> str:
    facts = six_and_six()
    await tell(facts)
    return str(max(fact.occurred for fact in facts).year)


async def test_a_flagged_group_is_on_record_once(reporting: Wired, lead: Api, tell: Tell, period: str) -> None:
    question = {"period": period}
    told = {"question": question, "cell": (await cells(lead, **question))["Y"]}
    first = await lead.post(FLAGS, told)
    assert await lead.post(FLAGS, told) == first
    # What is known by then changes nothing that is on record.
    await tell(six_and_six())
    assert await lead.post(FLAGS, told) == first
    [flag] = (await lead.get(FLAGS))["items"]
    assert flag.keys() == {"id", "version", *SHOWN}
    assert {name: flag[name] for name in ("category", "group", "stage", "period", "considered", "selected")} == {
        "category": "race", "group": "Y", "stage": None, "period": period, "considered": 6, "selected": 1,
    }  # fmt: skip
    assert (flag["ratio"], flag["p"], flag["significant"]) == ("1/4", "0.2424", False)
    assert await rows(reporting, "SELECT type, key FROM events") == [
        {"type": "reporting.adverse-impact.flagged", "key": first["id"]}
    ]
    assert STREAM.kafka_topic == "reporting.self-identification"


async def test_a_flag_of_another_question_is_another_flag(lead: Api, period: str) -> None:
    for more in ({}, {"zone": "Europe/Berlin"}, {"countries": ["US"], "by": ["month"]}):
        question: dict[str, Any] = {"period": period, **more}
        found = (await lead.get(REPORT, **question))["rows"]
        [flagged] = [row for row in found if row["verdict"].startswith("flagged")]
        await lead.post(FLAGS, {"question": question, "cell": flagged["explain"].partition("cell=")[2]})
    assert len((await lead.get(FLAGS))["items"]) == 3


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"question": {}}, 422, "A flag is of a period"),
        ({"question": {"period": "2026-13"}}, 422, "The question is not valid"),
        ({"question": {"period": "2019", "countries": ["DE"]}}, 422, "switched off in DE"),
        ({"cell": "0123456789abcdef"}, 404, "has no row"),
        ({"of": "X"}, 422, "not flagged: reference"),
    ],
)
async def test_what_is_not_flagged_is_refused(
    lead: Api, period: str, change: dict[str, Any], status: int, said: str
) -> None:
    found = await cells(lead, period=period)
    body = {"question": {"period": period}, "cell": found[change.pop("of", "Y")], **change}
    assert said in (await lead.post(FLAGS, body, status=status))["detail"]
    assert (await lead.get(FLAGS))["items"] == []


async def test_whoever_decides_puts_nobody_on_record_and_reads_none(anybody: Api, tell: Tell) -> None:
    roles = ("admin", "recruiter", "sourcer", "hiring_manager", "ops")
    await tell([member(role, role) for role in roles])
    for role in roles:
        body = {"question": {"period": "2019"}, "cell": "0"}
        assert "adverse-impact:write" in (await anybody.as_(role).post(FLAGS, body, status=403))["detail"]
        assert "self-identification:read" in (await anybody.as_(role).get(FLAGS, status=403))["detail"]
