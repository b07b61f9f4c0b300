"""adverse-impact: a group that was selected markedly less than another, on record for who does not decide."""

from uuid import UUID

from shared.events.event import Event, Stream
from shared.events.values import Moment

STREAM = Stream(service="reporting", category="adverse-impact", key="flag_id", topic="reporting.self-identification")


@STREAM.event("flagged")
class AdverseImpactFlagged(Event):
    """Of stream adverse-impact-{flag_id}. Told once for what was asked about a group in a period.

    `metric` and `definition`: id and version. `question`: its parameters without clocks, as JSON. `category` and
    `group`: such as race, and which; `values`: of the dimensions that cut it. `stage`: the milestone, None for the
    whole process. `ratio` of the rates: a fraction such as `1/4`; `p` of Fisher's exact test, four decimals.
    """

    flag_id: UUID
    metric: str
    definition: int
    question: str
    category: str
    group: str
    values: dict[str, str | None]
    stage: str | None
    period: str
    as_of: Moment
    known_at: Moment
    considered: int
    selected: int
    ratio: str
    p: str
    significant: bool
