"""offer-acceptance: of the offers that were answered, how many were accepted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import offers
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, of_kind, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.figures import Share
from services.reporting.metrics.offers import Process
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World

TEXT = """\
Accepted offers over those accepted or declined. What is counted is the process: one for each application and attempt \
to hire, however many versions it took; its outcome is that of the last version extended, and a withdrawal with an \
offer out is a decline. Dated by the outcome; expired and rescinded ones are shown apart, so are those that are \
pending (extended and not answered, as of the end) and those never extended though the application was closed. \
`reneged` is the share of the accepted ones that they took back. With dated=extended the processes first extended in \
the period are taken, and the accepted ones stand over all of them: that figure moves as long as some are open. A \
process that has offers for two jobs is one of the job of {job}."""
WORDS = {
    1: "the last one extended",
    2: "the last one extended; with dated=extended, of the first",
}

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
    """`pending` is told as of the end."""

    process: Process
    state: State
    job: UUID
    at: datetime
    pending: bool = False


def counted(world: World, question: OfferAcceptance, version: int) -> Iterator[Counted[OfferPart] | LeftOut]:
    for process in world.once(offers.processes):
        one = _counted(process, world, question, version)
        if one is None:
            yield LeftOut("never extended")
            continue
        values = of_application(process.application, one.job, one.at, world.jobs)
        shape, at, whose = (one.state, process.reneged is not None), one.at, process.application.person
        yield Counted(values, None if one.pending else at, shape, partial(_part, one), whose, always=one.pending)


def _counted(process: Process, world: World, question: OfferAcceptance, version: int) -> _Counted | None:
    """None for one that was never extended, where that is no outcome: extended ones are asked for, or it goes on."""
    state: State = process.outcome or ("pending" if process.first else "not_extended")
    job = process.job
    if question.dated == "extended":
        dated = process.first
        if version > 1 and dated is not None:
            job = offers.job_of(dated)
    elif state == "not_extended":
        dated = process.application.closed
    else:
        at = process.decided.occurred if process.decided else world.clocks.as_of
        return _Counted(process, state, job, at, process.decided is None)
    return _Counted(process, state, job, dated.occurred) if dated else None


accepted, expired, rescinded = of_kind("accepted"), of_kind("expired"), of_kind("rescinded")
pending, not_extended = of_kind("pending"), of_kind("not_extended")


def stands_over(shape: Shape, _: Name, question: OfferAcceptance, *__: object) -> bool:
    """In the denominator of the accepted ones."""
    return question.dated == "extended" or shape[0] in ("accepted", "declined")


def rows(group: Group, tally: Tally, world: World, question: OfferAcceptance) -> Iterator[OfferAcceptanceRow]:
    taken = tally.count(accepted)
    yield OfferAcceptanceRow(
        group=group,
        accepted=Share.among(taken, tally.count(lambda shape: stands_over(shape, None, question))),
        expired=tally.count(expired),
        rescinded=tally.count(rescinded),
        pending=tally.count(pending),
        not_extended=tally.count(not_extended),
        reneged=Share.among(tally.count(lambda shape: bool(shape[1])), taken),
    )


def _part(one: _Counted, _: Name) -> OfferPart:
    application = one.process.application
    closed = application.closed if one.state == "not_extended" else None
    return OfferPart(
        application_id=application.id,
        person_id=application.person,
        state=one.state,
        dated=one.at,
        reneged=one.process.reneged is not None,
        events=ids([*one.process.facts, *([closed] if closed else []), *application.merges]),
    )


FIGURES = {
    "accepted": Rule(
        "offers accepted or declined (with dated=extended: all that were extended); `state` tells which were accepted",
        stands_over,
    ),
    "expired": Rule("offers that expired without an answer", expired),
    "rescinded": Rule("offers that we took back", rescinded),
    "pending": Rule("offers extended and not answered yet, as of the end", pending),
    "not_extended": Rule("offers that were never extended, though the application was closed", not_extended),
    "reneged": Rule("offers accepted; `reneged` tells which of them the candidate took back", accepted),
}


def _version(version: int) -> Definition[OfferAcceptance, OfferAcceptanceRow, OfferPart]:
    return Definition(
        "offer-acceptance",
        version,
        "Offers accepted, of those answered",
        TEXT.format(job=WORDS[version]),
        "accepted / (accepted + declined), of the last version extended in each process",
        OfferAcceptance,
        OfferAcceptanceRow,
        OfferPart,
        offers.NEEDS,
        Counts(
            ways(OfferAcceptance, "dated"),
            partial(counted, version=version),
            rows,
            lambda _, question: question.dated,
        ),
        figures=FIGURES,
    )


OFFER_ACCEPTANCE = [_version(version) for version in WORDS]
