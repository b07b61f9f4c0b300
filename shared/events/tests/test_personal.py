"""Personal values are known by path, purpose and plain type, and never leave by an ordinary way."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.events.ats.candidate import CandidateCreated
from shared.events.ats.offer import OfferDrafted, Pay
from shared.events.event import registry
from shared.events.goldens import schema_of
from shared.events.personal import Clear, Erased, Sealed, reveal
from shared.events.samples import personal_marks
from shared.events.values import Money

CANARY = "Ada Canary"
PAY = {"base": {"amount": 9_000_000, "currency": "EUR"}}
CANDIDATE = CandidateCreated.model_validate({"person_id": UUID(int=1), "name": CANARY})
OFFER = OfferDrafted.model_validate(
    {
        "offer_id": UUID(int=1),
        "application_id": UUID(int=2),
        "person_id": UUID(int=3),
        "job_id": UUID(int=4),
        "opening_id": UUID(int=5),
        "version": 1,
        "pay": PAY,
        "start_date": "2026-05-04",
    }
)


def test_a_clear_value_is_readable_where_it_is_asked_for() -> None:
    assert reveal(CANDIDATE.name) == CANARY
    assert reveal(OFFER.pay) == Pay(base=Money(amount=9_000_000, currency="EUR"))


def test_a_clear_value_is_in_no_repr_and_no_dump() -> None:
    dumps = (CANDIDATE.model_dump(), CANDIDATE.model_dump(mode="json"), CANDIDATE.model_dump_json())
    assert CANARY not in f"{CANDIDATE!r} {CANDIDATE} {CANDIDATE.name!r} {dumps}"
    assert "9000000" not in f"{OFFER!r} {OFFER} {OFFER.model_dump()} {OFFER.model_dump_json()}"


@pytest.mark.parametrize("fields", [{"name": {"first": CANARY}}, {"name": "Ada", "links": CANARY}, {"email": CANARY}])
def test_a_value_that_does_not_fit_is_not_shown_by_the_error(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        CandidateCreated.model_validate({"person_id": UUID(int=1), **fields})
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("value", [Sealed("1.nonce.text"), Erased("1.nonce.text")])
def test_sealed_and_erased_values_are_read_without_an_exception_and_dump_as_they_stand(
    value: Sealed | Erased,
) -> None:
    event = CandidateCreated.model_validate({"person_id": UUID(int=1), "name": value})
    assert event.name is value
    assert reveal(event.name) is None
    assert event.model_dump(mode="json")["name"] == "1.nonce.text"
    assert "nonce" not in repr(event)


def test_a_clear_value_is_checked_against_its_plain_type() -> None:
    with pytest.raises(ValidationError):
        CandidateCreated.model_validate({"person_id": UUID(int=1), "name": Clear(7)})


@pytest.mark.parametrize("wire_type", registry.all())
def test_every_personal_field_of_the_schema_is_found_by_the_codec(wire_type: str) -> None:
    contract = registry.get(wire_type)
    found = {(f.path, f.subject, f.purpose) for f in contract.personal[contract.model.schema_version]}
    assert personal_marks(schema_of(contract.model)) == found


@pytest.mark.parametrize("wire_type", registry.all())
def test_the_key_of_a_personal_field_is_named_by_required_fields_of_the_event(wire_type: str) -> None:
    contract = registry.get(wire_type)
    required = {name: name for name, info in contract.model.model_fields.items() if info.is_required()}
    for field in contract.personal[contract.model.schema_version]:
        field.subject.format_map(required)
        field.purpose.format_map(required)
