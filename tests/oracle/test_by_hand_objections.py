"""Who objected to being written to, or complained, and to which message it belongs, each worked out by hand."""

from typing import Any

import pytest

from shared.events.ats.candidate import CandidatesMerged
from shared.events.crm.consent import ConsentGranted
from shared.events.crm.prospect import ProspectHandedOver, ProspectLinked
from shared.events.crm.touchpoint import TouchpointBounced, TouchpointOpened, TouchpointReplied
from shared.events.personal import Clear
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    C1,
    C2,
    J1,
    M1,
    M2,
    M3,
    P1,
    P2,
    U1,
    Told,
    company,
    complained,
    ended,
    on,
    sent,
    submitted,
)

SHARES = ("objected", "complained")


def bounced(message: Any, person: Any = P1) -> TouchpointBounced:
    return TouchpointBounced(touchpoint_id=message, person_id=person, kind="hard")


def written_to() -> Told:
    """By two campaigns: on 1 February by the first, on the 3rd by the other, on the 5th by the first again."""
    told = company()
    told.on("02-01", sent(M1))
    told.on("02-03", sent(M2, campaign=C2))
    told.on("02-05", sent(M3, step=2))
    return told


def objected(told: Told, by: str = "campaign", figure: str = "objected", **asked: Any) -> dict[Any, tuple[int, int]]:
    rows = told.answer("engagement", by=(by,), **asked)
    return {row["group"][by]: row[figure] for row in rows}


@pytest.mark.parametrize(
    ("day", "first", "other"),
    [
        ("01-31 23:59", (0, 1), (0, 1)),
        ("02-01", (1, 1), (0, 1)),
        ("02-02", (1, 1), (0, 1)),
        ("02-03", (0, 1), (1, 1)),
        ("02-04", (0, 1), (1, 1)),
        ("06-01", (1, 1), (0, 1)),
    ],
)
def test_an_objection_is_to_the_last_message_before_it(
    day: str, first: tuple[int, int], other: tuple[int, int]
) -> None:
    told = written_to()
    told.on(day, ended())
    assert objected(told) == {str(C1): first, str(C2): other}


def test_it_counts_for_the_person_in_a_group_or_for_that_message() -> None:
    told = written_to()
    told.on("02-10", ended())
    assert objected(told, unit="message") == {str(C1): (1, 2), str(C2): (0, 1)}
    assert objected(told, "step", campaign=str(C1)) == {1: (0, 1), 2: (1, 1)}
    assert objected(told, "channel") == {"email": (1, 1)}
    assert objected(told, "channel", as_of=on("02-10")) == {"email": (0, 1)}
    # Who objects twice is one who objected.
    told.on("02-11", ended())
    assert objected(told, "channel") == {"email": (1, 1)}


def test_a_message_that_bounced_is_objected_to_by_nobody() -> None:
    told = written_to()
    told.on("02-06", bounced(M3))
    told.on("02-10", ended())
    assert objected(told) == {str(C1): (0, 1), str(C2): (1, 1)}
    # Before anybody knew that it had bounced it was the last that had arrived.
    late = written_to()
    late.on("02-10", ended())
    late.on("02-06", bounced(M3), known="03-01")
    assert objected(late, known_at=on("02-20")) == {str(C1): (1, 1), str(C2): (0, 1)}
    assert objected(late) == {str(C1): (0, 1), str(C2): (1, 1)}


def test_only_an_objection_to_being_written_to_is_one() -> None:
    told = written_to()
    told.on("02-10", ended(cause="withdrawn"), ended(cause="expired"), ended(purpose="store"))
    assert objected(told, "channel") == {"email": (0, 1)}
    told.on("02-11", ended())
    granted = ConsentGranted(person_id=P1, purpose="contact", basis="consent", channel="form")
    told.on("02-12", granted)
    assert objected(told, "channel") == {"email": (1, 1)}


def test_it_may_be_told_of_another_id_of_the_person() -> None:
    told = written_to()
    told.on("02-10", ended(P2))
    assert objected(told, "channel") == {"email": (0, 1)}
    told.on("02-20", CandidatesMerged(person_id=P2, merged=U1, application_map={}))
    told.on("02-21", ProspectLinked(person_id=P1, candidate=U1, by="email"))
    assert objected(told) == {str(C1): (1, 1), str(C2): (0, 1)}
    assert objected(told, known_at=on("02-21")) == {str(C1): (0, 1), str(C2): (0, 1)}


def test_the_last_message_may_have_gone_to_the_other_id() -> None:
    told = written_to()
    told.on("02-07", sent(named("M4"), P2, campaign=C2))
    told.on("02-10", ended())
    assert objected(told) == {str(C1): (1, 1), str(C2): (0, 2)}
    told.on("02-20", CandidatesMerged(person_id=P1, merged=P2, application_map={}))
    assert objected(told) == {str(C1): (0, 1), str(C2): (1, 1)}


def test_a_complaint_is_about_its_message() -> None:
    told = written_to()
    told.on("02-06", complained(M2))
    assert objected(told, figure="complained") == {str(C1): (0, 1), str(C2): (1, 1)}
    assert objected(told) == {str(C1): (0, 1), str(C2): (0, 1)}
    told.on("02-07", ended())
    # The objection that goes with it is to the last message all the same.
    assert objected(told) == {str(C1): (1, 1), str(C2): (0, 1)}
    told.on("02-08", bounced(M2))
    assert objected(told, figure="complained") == {str(C1): (0, 1), str(C2): (0, 0)}


def test_complaints_are_seen_without_tracking_and_counted_once() -> None:
    told = company()
    told.on("02-01", sent(M1, tracked=False), sent(M2, P2))
    told.on("02-02", complained(M1), complained(M1))
    row = told.only("engagement", by=("channel",))
    assert (row["complained"], row["opened"]) == ((1, 2), (0, 1))


def test_neither_is_a_reaction_nor_the_beginning_of_one() -> None:
    told = company()
    told.on("02-01", sent(M1))
    told.on("02-02", complained(M1), ended())
    words = {"hand_over_id": named("H"), "job_id": J1, "source": "sourced", "channel": "linkedin"}
    handed_over = {"person_id": P1, **words, "sourced": on("01-01"), "name": Clear("N")}
    told.on("02-03", ProspectHandedOver.model_validate(handed_over), submitted())
    row = told.only("engagement", by=("channel",))
    assert row == {
        "group": {"channel": "email"}, "sent": 1, "reached": 1, "opened": (0, 1), "clicked": (0, 1), "replied": (0, 1),
        "engaged": (0, 1), "handed_over": (0, 0), "applied": (0, 0), "hired": (0, 0),
        "objected": (1, 1), "complained": (1, 1),
    }  # fmt: skip
    # Engaged from the 4th on, when they had been handed over already.
    told.on("02-04", TouchpointOpened(touchpoint_id=M1, person_id=P1, machine=False))
    row = told.only("engagement", by=("channel",))
    assert [row[what] for what in ("engaged", "handed_over", "applied")] == [(1, 1), (0, 1), (0, 1)]


def test_who_replies_and_objects_does_both() -> None:
    told = written_to()
    reply = {"touchpoint_id": M1, "person_id": P1, "channel": "email", "source_type": "linkedin", "automatic": False}
    told.on("02-06", TouchpointReplied.model_validate(reply), ended())
    first, second = told.answer("engagement", by=("step",), campaign=str(C1))
    assert [first[what] for what in ("replied", "engaged", "objected")] == [(1, 1), (1, 1), (0, 1)]
    assert [second[what] for what in ("replied", "engaged", "objected")] == [(0, 1), (0, 1), (1, 1)]


def test_a_period_asks_when_the_message_was_sent_not_when_they_objected() -> None:
    told = written_to()
    told.on("03-10", complained(M3), ended())
    assert objected(told, "month", unit="message") == {"2026-02": (1, 3)}
    assert objected(told, "channel", unit="message", period="2026-02-05") == {"email": (1, 1)}
    assert objected(told, "channel", period="2026-03") == {}


def test_nobody_reached_is_no_share_and_the_first_version_tells_of_neither() -> None:
    told = company()
    told.on("02-01", sent(M1), bounced(M1))
    told.on("02-02", complained(M1), ended())
    row = told.only("engagement")
    assert [row[share] for share in SHARES] == [(0, 0), (0, 0)]
    assert set(told.only("engagement", version=2)) - set(told.only("engagement", version=1)) == set(SHARES)
