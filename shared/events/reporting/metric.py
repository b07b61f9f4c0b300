"""metric: what a figure means, said when a report by this definition is frozen for the first time."""

from uuid import UUID

from shared.events.event import Event, Stream

STREAM = Stream(service="reporting", category="metric", key="metric_id")


class MetricEvent(Event):
    """Of stream metric-{metric_id}."""

    metric_id: UUID


@STREAM.event("defined")
class MetricDefined(MetricEvent):
    """A version of a definition; told again only where its words have changed.

    `metric`: its name, as `time-to-hire`. `parameters`: what can be asked, as JSON Schema. `tables`: releases of what
    it reads besides the facts.
    """

    metric: str
    version: int
    title: str
    text: str
    formula: str
    parameters: str
    tables: str | None = None
