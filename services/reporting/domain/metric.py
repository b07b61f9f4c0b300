"""A metric: its definitions as they were when reports were frozen by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.events.reporting.metric import STREAM, MetricDefined, MetricEvent
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Metric:
    """`definitions` by version."""

    id: UUID
    definitions: Mapping[int, MetricDefined]


def metric_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:hirelog:metric:{name}")


def define(state: Metric | None, definition: MetricDefined) -> Sequence[MetricEvent]:
    known = state.definitions.get(definition.version) if state else None
    return [] if known == definition else [definition]


def evolve(state: Metric | None, event: MetricEvent) -> Metric:
    match state, event:
        case None, MetricDefined():
            return Metric(event.metric_id, {event.version: event})
        case Metric(), MetricDefined():
            return replace(state, definitions={**state.definitions, event.version: event})
    raise CorruptStream(state, event)


METRIC = Aggregate(STREAM, evolve)
