"""What is kept is read and written by one version at a time, whatever is started, rebuilt or still running."""

import asyncio
from typing import Any

import pytest

from services.reporting.projections import kept, kept_reports
from services.reporting.projections.kept import Keeper, OfAnother, derived
from services.reporting.projections.kept_reports import Unfolded
from services.reporting.tests.conftest import Tell
from services.reporting.tests.telling import Telling
from services.reporting.tests.test_keeping import ONE, agree, marks, rows
from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted
from shared.kit.effects import WHOLE
from shared.kit.rebuild import SHADOW, create
from shared.kit.wiring import Wired

OTHER = "UPDATE kept_by SET fingerprint = 'of another'"
TABLES = ["facts", "kept", "marks"]


async def grown(tell: Tell, keeper: Keeper) -> Telling:
    """Each folded when it came, so that words are numbered in the order of their coming."""
    told = Telling()
    for job in range(4):
        told.job(f"J{job}")
    for n in range(6):
        who: dict[str, Any] = {"person_id": f"P{n}", "application_id": f"A{n}"}
        told(n, ApplicationSubmitted, **who, job_id=f"J{n % 4}", stage="applied")
        if n % 3 == 0:
            told(n + 1, ApplicationAdvanced, **who, from_stage="applied", to_stage="onsite")
    for fact in told.facts:
        await tell([fact])
        await keeper.all()
    return told


async def test_a_keeper_that_still_runs_keeps_nothing_once_another_version_does(
    reporting: Wired, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = reporting.store.database
    old = Keeper(database)
    await old._begin()
    told = await grown(tell, old)
    for module in (kept, kept_reports):
        monkeypatch.setattr(module, "FINGERPRINT", "of the new one")
    new = Keeper(database)
    await new._begin()
    await new.all()
    await tell([told(20, ApplicationAdvanced, person_id="P2", application_id="A2", from_stage="applied")])
    with monkeypatch.context() as still:
        still.setattr(kept, "FINGERPRINT", "of the old one")
        assert await old.step() == 0
    assert await marks(reporting)
    # And where it is its turn again, its words are those of the others.
    assert await old.step() == 1
    for report in ("funnel", "entered", "time-in-stage"):
        await agree(reporting, report, by=("job",))


async def test_what_another_layout_kept_is_refused_and_not_read(reporting: Wired, tell: Tell) -> None:
    database, told = reporting.store.database, Telling()
    told.job("J1")
    told(0, ApplicationSubmitted, **ONE, job_id="J1", stage="applied")
    await tell(told.facts)
    await Keeper(database)._begin()
    await Keeper(database).all()
    await database.execute(OTHER)
    await database.execute("UPDATE kept SET life = substring(life FROM 1 FOR 20), change = DEFAULT WHERE life <> ''")
    with pytest.raises(Unfolded, match="another version"):
        await rows(reporting, "response-time")


async def test_of_two_that_begin_at_once_one_throws_away(reporting: Wired, tell: Tell) -> None:
    database = reporting.store.database
    keeper = Keeper(database)
    await keeper._begin()
    await grown(tell, keeper)
    for _ in range(4):
        await database.execute(OTHER)
        await asyncio.gather(*(Keeper(database)._begin() for _ in range(3)))
    await keeper.all()
    await agree(reporting, "funnel", by=("job",))


async def test_a_rebuild_does_not_use_the_words_of_another_version(reporting: Wired, tell: Tell) -> None:
    database = reporting.store.database
    keeper = Keeper(database)
    await keeper._begin()
    await grown(tell, keeper)
    async with database.transaction() as connection:
        await create(connection, TABLES, SHADOW)
    await database.execute(OTHER)
    with pytest.raises(OfAnother, match="--resume"):
        await derived(database).fold(SHADOW, None, WHOLE)


async def test_what_is_known_around_is_read_anew_from_another_table(reporting: Wired, tell: Tell) -> None:
    """With the same numbers, as where a rebuild read the log in the same order, and read it otherwise."""
    database = reporting.store.database
    keeper = Keeper(database)
    await keeper._begin()
    await grown(tell, keeper)
    assert [row.group for row in await agree(reporting, "hires", by=("department",))] == []
    for statement in (
        "CREATE TABLE other (LIKE facts INCLUDING ALL)",
        "INSERT INTO other OVERRIDING SYSTEM VALUE SELECT * FROM facts",
        """UPDATE other SET data = data || '{"department": "Design"}' WHERE type LIKE 'ats.job.%'""",
        "DROP TABLE facts",
        "ALTER TABLE other RENAME TO facts",
        "INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE person_id IS NOT NULL",
    ):
        await database.execute(statement)
    for _ in range(2):
        [first, *_] = await agree(reporting, "funnel", by=("department",))
        assert first.group == {"department": "Design"}
        await keeper.all()
