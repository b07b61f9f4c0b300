"""What is to be done with a record: one that an operator has discarded, one that comes again, one without a key."""

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


def judged(
    deliveries: list[Delivery], discarded: set[int], poison: str | None = None, seen: dict[str, int] | None = None,
    blocked: set[bytes | None] | None = None,
) -> list[Outcome]:  # fmt: skip
    records = [taken.record for taken in deliveries]
    triage = Triage(lambda _: True, {r.offset: parse(r) for r in records}, seen or {}, blocked or set(), discarded)
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


def test_what_was_handled_before_its_key_was_parked_is_dropped_when_it_comes_again() -> None:
    note = uuid4()
    versions = [version(note, number) for number in (1, 2, 3)]
    found = judged(versions, set(), seen={f"note-{note}": 2}, blocked={str(note).encode()})
    assert found == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.PARK]


def test_what_is_not_handled_here_waits_in_its_stream_all_the_same() -> None:
    note = uuid4()
    first, late, unhandled = (version(note, number) for number in (1, 2, 3))
    records = [taken.record for taken in (first, unhandled, late)]
    parsed = {record.offset: parse(record) for record in records}
    parsed[unhandled.record.offset] = unhandled.envelope._replace(type="toy.note.of-no-concern")

    def judged_with(blocked: set[bytes | None]) -> list[Outcome]:
        triage = Triage(lambda wire_type: wire_type == HANDLED, parsed, {}, blocked)
        return [triage.judge(record).outcome for record in records]

    # Passed by, it would make duplicates of those that it overtook.
    assert judged_with(set()) == [Outcome.HANDLE, Outcome.PARK, Outcome.PARK]
    assert judged_with({str(note).encode()}) == [Outcome.PARK] * 3


def test_a_record_without_a_key_that_is_parked_blocks_nobody() -> None:
    notes = [version(uuid4(), 1) for _ in range(2)]
    first, second = (replace(taken.record, key=None, offset=at) for at, taken in enumerate(notes))
    triage = Triage(lambda _: True, {0: parse(first), 1: parse(second)}, {}, set())
    assert triage.judge(first, poison="fails").outcome is Outcome.PARK
    assert triage.judge(second).outcome is Outcome.HANDLE
