"""offer-acceptance: of the offers that were answered, how many were accepted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import offers
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Share
from services.reporting.metrics.offers import Process
from services.reporting.metrics.report import Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.world import World

TEXT = """\
Accepted offers over those accepted or declined. What is counted is the process: one for each application and attempt \
to hire, however many versions it took; its outcome is that of the last version extended, and a withdrawal with an \
offer out is a decline. Dated by the outcome; expired and rescinded ones are shown apart, so are those that are \
pending (extended and not answered, as of the end) and those never extended though the application was closed. \
`reneged` is the share of the accepted ones that they took back. With dated=extended the processes first extended in \
the period are taken, and the accepted ones stand over all of them: that figure moves as long as some are open."""

State = Literal["accepted", "declined", "expired", "rescinded", "pending", "not_extended"]


class OfferAcceptance(ApplicationQuestion):
    by: By = ()
    dated: Literal["decided", "extended"] = Field(
        "decided", description="what cuts the period: the outcome, or the offer"
    )


class OfferAcceptanceRow(Row):
    accepted: Share
    expired: int
    rescinded: int
    pending: int
    not_extended: int
    reneged: Share


class OfferPart(Part):
    """A process. `dated`: the moment by which it was counted."""

    application_id: UUID
    person_id: UUID
    state: State
    dated: datetime
    reneged: bool


@dataclass(frozen=True)
class _Counted:
    process: Process
    state: State
    at: datetime


def compute(world: World, question: OfferAcceptance) -> Report[OfferAcceptanceRow, OfferPart]:
    found = Selection[_Counted](question, question.by)
    for process in offers.processes(world):
        counted = _counted(process, world, question)
        if counted is None:
            found.leave_out("never extended")
            continue
        values = of_application(process.application, process.job, counted.at, world.jobs, question)
        pending = question.dated == "decided" and counted.state == "pending"
        found.take(counted, values, None if pending else counted.at, question.dated)
    return found.report(lambda group, of: Cell(_row(group, of, question), [_part(one) for one in of]))


def _counted(process: Process, world: World, question: OfferAcceptance) -> _Counted | None:
    """None for one that was never extended, where that is no outcome: extended ones are asked for, or it goes on."""
    state: State = process.outcome or ("pending" if process.first else "not_extended")
    if question.dated == "extended":
        dated = process.first
    elif state == "not_extended":
        dated = _closed(process)
    else:
        at = process.decided.occurred if process.decided else world.clocks.as_of
        return _Counted(process, state, at)
    return _Counted(process, state, dated.occurred) if dated else None


def _closed(process: Process) -> Fact | None:
    return process.application.spells[-1][1]


def _row(group: Group, of: Sequence[_Counted], question: OfferAcceptance) -> OfferAcceptanceRow:
    states = Counter(one.state for one in of)
    accepted = states["accepted"]
    reneged = sum(one.process.reneged is not None for one in of)
    return OfferAcceptanceRow(
        group=group,
        accepted=Share.among(accepted, accepted + states["declined"] if question.dated == "decided" else len(of)),
        expired=states["expired"],
        rescinded=states["rescinded"],
        pending=states["pending"],
        not_extended=states["not_extended"],
        reneged=Share.among(reneged, accepted),
    )


def _part(one: _Counted) -> OfferPart:
    application = one.process.application
    closed = _closed(one.process) if one.state == "not_extended" else None
    return OfferPart(
        application_id=application.id,
        person_id=application.person,
        state=one.state,
        dated=one.at,
        reneged=one.process.reneged is not None,
        events=ids([*one.process.facts, *([closed] if closed else []), *application.merges]),
    )


OFFER_ACCEPTANCE = Definition(
    "offer-acceptance",
    1,
    "Offers accepted, of those answered",
    TEXT,
    "accepted / (accepted + declined), of the last version extended in each process",
    OfferAcceptance,
    OfferAcceptanceRow,
    OfferPart,
    offers.NEEDS,
    compute,
)
