"""Adverse impact from what is kept of everybody, and what people told opened for each answer anew."""

from typing import Any

import pytest

from services.reporting.projections import history
from services.reporting.projections.kept import Keeper
from services.reporting.tests.conftest import Tell
from services.reporting.tests.making import of_name
from services.reporting.tests.test_adverse_impact import history as applied
from services.reporting.tests.test_adverse_impact import rejected
from services.reporting.tests.test_facts import rows
from services.reporting.tests.test_self_identifications import REPORT, job, six_and_six, told
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

GROUPS = {"X": (6, 4, None, "reference"), "Y": (6, 1, "1/4", "flagged")}


@pytest.fixture
async def kept(reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of everybody; and nothing is answered by folding all facts."""
    await tell(six_and_six())
    await Keeper(reporting.store.database).all()
    await reporting.store.database.execute("ANALYZE facts")
    monkeypatch.setattr(history, "MOST", 3)


async def test_it_is_answered_however_many_facts_there_are(lead: Api, kept: None) -> None:
    assert told(await lead.get(REPORT)) == GROUPS
    assert told(await lead.get(REPORT, by=["month"])) == GROUPS
    assert (await lead.get(REPORT, as_of="2026-01-04"))["rows"] == []


async def test_nothing_of_what_was_told_is_kept(reporting: Wired, lead: Api, tell: Tell) -> None:
    await tell([job("J1", "US"), *(fact for n in range(6) for fact in applied(f"V{n}", "Vulcan", rejected()))])
    await Keeper(reporting.store.database).all()
    assert list(told(await lead.get(REPORT))) == ["Vulcan"]
    for table in ("kept", "kept_words", "facts", "marks"):
        assert "Vulcan" not in str(await rows(reporting, f"SELECT t::text FROM {table} t"))


async def test_only_what_those_told_who_count_is_opened(
    reporting: Wired, lead: Api, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell([*six_and_six(), *(fact for n in range(6) for fact in applied(f"Z{n}", "Z", rejected("spam")))])
    await Keeper(reporting.store.database).all()
    opened, open_all = list[int](), reporting.store.codec.open

    async def counted(records: Any) -> Any:
        opened.append(len(records))
        return await open_all(records)

    monkeypatch.setattr(reporting.store.codec, "open", counted)
    asked: list[dict[str, Any]] = [{}, {"period": "2026-01"}, {"period": "2025"}, {"category": "sex"}]
    for parameters in asked:
        await lead.get(REPORT, **parameters)
    # Of nobody there is nothing to open.
    assert opened == [12, 12]


async def test_who_was_erased_since_is_undisclosed_though_nobody_is_folded_anew(
    lead: Api, keyring: PostgresKeyring, forgetful: None, kept: None
) -> None:
    assert told(await lead.get(REPORT)) == GROUPS
    await keyring.destroy(str(of_name("person of X5")), "self-identification")
    assert told(await lead.get(REPORT))[None] == (1, 0, None, "undisclosed")


async def test_explained_page_by_page_it_is_everybody(lead: Api, kept: None) -> None:
    for row in (await lead.get(REPORT))["rows"]:
        seen, link = list[str](), f"{row['explain'].removeprefix('/v1')}&limit=5"
        while link:
            [page] = (await lead.get(link))["rows"]
            assert (page["count"], page["others"]) == (12, 0)
            seen += [part["person_id"] for part in page["parts"]]
            link = page["next"] and page["next"].removeprefix("/v1")
        assert seen == sorted(str(of_name(f"person of {group}{n}")) for group in "XY" for n in range(6))
