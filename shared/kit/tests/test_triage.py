"""What is to be done with a record that an operator has discarded, when the log is read again."""

from dataclasses import replace
from uuid import UUID, uuid4

from shared.events.envelope import Envelope
from shared.kit.context import new_id, now
from shared.kit.effects import Delivery
from shared.kit.testing.relayed import delivery
from shared.kit.triage import Outcome, Triage, parse

HANDLED = "toy.note.written"


def version(note: UUID, number: int) -> Delivery:
    """Version n at offset n."""
    envelope = Envelope(
        id=new_id(), type=HANDLED, source="test", stream=f"note-{note}", version=number, position=number,
        schema_version=1, key=str(note), occurred=now(), recorded=now(), actor="test", correlation=uuid4(),
    )  # fmt: skip
    return delivery(envelope, "{}", 0, number)


def judged(deliveries: list[Delivery], discarded: set[int], poison: str | None = None) -> list[Outcome]:
    records = [taken.record for taken in deliveries]
    triage = Triage(lambda _: True, {r.offset: parse(r) for r in records}, {}, set(), discarded)
    return [triage.judge(record, poison).outcome for record in records]


def test_a_discarded_version_is_passed_by_and_the_next_is_handled() -> None:
    note = uuid4()
    versions = [version(note, number) for number in (1, 2, 3)]
    assert judged(versions, {2}) == [Outcome.HANDLE, Outcome.PASS, Outcome.HANDLE]


def test_a_discarded_version_closes_the_gap_before_it() -> None:
    note = uuid4()
    versions = [version(note, number) for number in (1, 3, 4)]
    assert judged(versions, {3}) == [Outcome.HANDLE, Outcome.PASS, Outcome.HANDLE]
    assert judged(versions, set()) == [Outcome.HANDLE, Outcome.PARK, Outcome.PARK]


def test_a_discarded_version_behind_a_parked_one_waits_with_it_so_that_it_is_not_lost() -> None:
    note = uuid4()
    versions = [version(note, number) for number in (1, 2)]
    assert judged(versions, {2}, poison="fails") == [Outcome.PARK, Outcome.PARK]


def test_a_discarded_record_that_is_no_event_is_passed_by() -> None:
    taken = version(uuid4(), 1)
    garbage = taken._replace(record=replace(taken.record, headers=[]))
    assert judged([garbage], {1}) == [Outcome.PASS]
    assert judged([garbage], set()) == [Outcome.PARK]
