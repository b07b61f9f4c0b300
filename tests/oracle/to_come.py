"""Events found by their wire type, whether their contract is written yet or not."""

from collections.abc import Iterable
from typing import Any

from shared.events.event import Event, Registry, Stream, registry
from tests.oracle.happened import Happened

SELF_IDENTIFICATION = "ats.self-identification.recorded"
MESSAGE_SENT = "notifier.candidate-message.sent"
STARTED = "ats.application.started"
START_DATE_CHANGED = "ats.application.start-date-changed"
DID_NOT_START = "ats.application.did-not-start"

KEYS = {"candidate-message": "recipient_id"}


def event(wire_type: str, **fields: Any) -> Event:
    """By the contract, if there is one; else with the fields as they are told."""
    return (registry.get(wire_type).model if wire_type in registry else _stand_in(wire_type)).model_validate(fields)


def told(log: Iterable[Happened], wire_type: str) -> list[tuple[Happened, Any]]:
    """Like `of_type`, in the order of the log given."""
    return [(happened, happened.event) for happened in log if happened.event.wire_type == wire_type]


def _stand_in(wire_type: str) -> type[Event]:
    if wire_type not in _STAND_INS:
        service, category, what = wire_type.split(".")
        stream = Stream(service=service, category=category, key=KEYS.get(category, "person_id"))
        model: type[Event] = type("StandIn", (Event,), {"__doc__": wire_type})
        _STAND_INS[wire_type] = stream.event(what, into=Registry())(model)
    return _STAND_INS[wire_type]


_STAND_INS: dict[str, type[Event]] = {}
