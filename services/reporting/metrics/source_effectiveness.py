"""source-effectiveness: hires of applications by where they came from, in four views of what that means."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import applications, interviews, touches
from services.reporting.metrics.application import Application
from services.reporting.metrics.counting import Alike, Counted, Counts, LeftOut, Name, Shape, Tally, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import ExactShare
from services.reporting.metrics.interviews import Interview
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World
from shared.events.ats.application import SourceAttributed
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from shared.events.event import Event

R = TypeVar("R", bound=Row)

TEXT = """\
Hires over applications by source, for the applications submitted in the period. view=application: the application's \
own source, as corrected by hand. first_touch: that of the first touch (sent, logged or replied) of the year before \
the submission and since the end of the person's application before; without one the application's own. credited: the \
one that somebody credited by hand, else the application's own. linear: each source among those touches, and the \
application's own, gets an equal share, exact fractions. In every view the sources add up to all applications and all \
hires. {more}Cut or filtered by source, or by its name, such as which agency, it is the application's own."""
MORE = {
    1: "",
    2: """\
Beside the hires stand the applications that came to a first interview, one that was held: completed as last arranged, \
and nobody stayed away. """,
}


class SourceEffectiveness(ApplicationQuestion):
    by: By = ()
    view: Literal["application", "first_touch", "credited", "linear"] = Field(
        "application", description="what counts as the source"
    )


class HiresOfSourceRow(Row):
    """Of version 1."""

    NAMED = ("source",)
    source: str
    hires: ExactShare


class SourceRow(HiresOfSourceRow):
    """What became of the applications of a source, each by its share of it."""

    interviewed: ExactShare


class SourcePart(Part):
    """An application, and which share of it the source has; `interviewed` is null in version 1."""

    application_id: UUID
    person_id: UUID
    share: str
    hired: bool
    interviewed: bool | None


@dataclass(frozen=True)
class _Credited:
    """`sources` have equal shares. `why`: what the credit follows from, beside the submission."""

    application: Application
    submission: Fact
    sources: Sequence[str]
    why: Sequence[Fact]

    @property
    def hired(self) -> bool:
        return self.application.hire is not None


def counted(world: World, question: SourceEffectiveness, version: int) -> Iterator[Counted[SourcePart] | LeftOut]:
    for application in world.applications:
        submission = application.submission
        if submission is None:
            yield LeftOut(LEAD)
            continue
        at = submission.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs)
        credited = _credited(application, submission, question.view, world)
        held = world.once(_first_interviews).get(application.id)
        shape = tuple(credited.sources), credited.hired, held is not None
        yield Counted(values, at, shape, partial(_part, credited, held, version), application.person)


def _first_interviews(world: World) -> dict[UUID, Interview]:
    """By application, of those that were held."""
    found: dict[UUID, Interview] = {}
    for interview in sorted(world.interviews, key=lambda interview: (interview.time.end, interview.arranged.order)):
        application = world.by_id.get(interview.time.application_id)
        if application is not None and interview.completed and not interview.missed:
            found.setdefault(application.id, interview)
    return found


def _credited(application: Application, submission: Fact, view: str, world: World) -> _Credited:
    before = world.touches.before(application, submission) if view in ("first_touch", "linear") else ()
    touched = [(fact, source) for fact in before if (source := _source(fact))]
    corrected = [application.corrected] if application.corrected else []
    match view, application.credited:
        case "first_touch", _ if touched:
            fact, source = touched[0]
            return _Credited(application, submission, [source], [fact])
        case "credited", Fact(event=SourceAttributed(new=source)) as credited:
            return _Credited(application, submission, [source], [credited])
        case "linear", _:
            among = list(dict.fromkeys([*(source for _, source in touched), application.source]))
            return _Credited(application, submission, among, [*(fact for fact, _ in touched), *corrected])
    return _Credited(application, submission, [application.source], corrected)


def _alike(world: World) -> Alike:
    """Where nobody was met before, or credited by hand, it is the application's own in those views too."""
    views = {"credited"} if any(application.credited for application in world.applications) else set()
    if world.touches:
        views |= {"first_touch", "linear"}
    return lambda question: question.view if question.view in views else "application"


def _source(touch: Fact) -> str | None:
    assert isinstance(touch.event, TouchpointSent | TouchpointLogged | TouchpointReplied)
    return touch.event.source_type or None


def sources(shape: Shape) -> Sequence[str]:
    """Each has the same share."""
    of: Sequence[str] = shape[0]
    return of


def rows(of: type[R], group: Group, tally: Tally, world: World, question: SourceEffectiveness) -> Iterator[R]:
    applied: dict[str, Fraction] = defaultdict(Fraction)
    hired: dict[str, Fraction] = defaultdict(Fraction)
    interviewed: dict[str, Fraction] = defaultdict(Fraction)
    for shape, n in tally.shapes():
        for source in sources(shape):
            share = Fraction(n, len(sources(shape)))
            applied[source] += share
            hired[source] += share if shape[1] else 0
            interviewed[source] += share if shape[2] else 0
    for source in sorted(applied):
        told = {"hires": hired[source], "interviewed": interviewed[source]}
        shares = {name: ExactShare.among(n, applied[source]) for name, n in told.items() if name in of.model_fields}
        yield of.model_validate({"group": group, "source": source, **shares})


def _part(one: _Credited, held: Interview | None, version: int, _: Name) -> SourcePart:
    application = one.application
    hire = [application.hire.fact] if application.hire else []
    met = [fact for fact in (held.arranged, held.completed) if fact] if held else []
    return SourcePart(
        application_id=application.id,
        person_id=application.person,
        share=str(Fraction(1, len(one.sources))),
        hired=one.hired,
        interviewed=held is not None if version > 1 else None,
        events=ids([one.submission, *one.why, *met, *hire, *application.merges]),
    )


FIGURES = {"hires": Rule("applications that the source has a `share` of; `hired` tells which became hires")}
INTERVIEWED = Rule("applications that the source has a `share` of; `interviewed` tells which came to an interview")
NEEDS = applications.NEEDS | touches.NEEDS


def _version(
    version: int, row: type[R], needs: frozenset[type[Event]], rules: Mapping[str, Rule]
) -> Definition[SourceEffectiveness, R, SourcePart]:
    return Definition(
        "source-effectiveness", version, "Hires of applications, by source", TEXT.format(more=MORE[version]),
        "hires / applications, each by its share of the source", SourceEffectiveness, row, SourcePart, needs,
        Counts(
            ways(SourceEffectiveness, "view"), partial(counted, version=version), partial(rows, row),
            lambda *_: "submitted", sources, alike=_alike,
        ),
        figures=rules,
    )  # fmt: skip


SOURCE_EFFECTIVENESS = (
    _version(1, HiresOfSourceRow, NEEDS, FIGURES),
    _version(2, SourceRow, NEEDS | interviews.NEEDS, {**FIGURES, "interviewed": INTERVIEWED}),
)
