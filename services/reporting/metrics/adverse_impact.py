"""adverse-impact: whether those of one race or sex were selected less than those of another."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from services.reporting.metrics import applications, counting
from services.reporting.metrics.considered import (
    OFFERED,
    AdverseImpact,
    AdverseImpactPart,
    Outcome,
    alike,
    counted,
)
from services.reporting.metrics.counting import Counts, ways
from services.reporting.metrics.figures import Probability, Share
from services.reporting.metrics.impact import Comparison, Tally, Verdict, compare
from services.reporting.metrics.report import Definition, Group, Row, Rule
from services.reporting.metrics.told import told_in
from services.reporting.metrics.withholding import ENOUGH, shows, withheld
from services.reporting.metrics.world import World
from shared.events.ats.self_identification import SelfIdentificationRecorded

TEXT = """\
Selected over considered, for the applications submitted in the period, for each race or each sex that people told \
with the application: the last word holds, and who told nothing, took it back or was erased is undisclosed: shown, \
never compared. Considered are those selected and those whom we rejected; out are those who withdrew first, those \
still pending, spam and duplicates. Selected is whoever an offer was extended to, whatever they answered; with \
milestone=: whoever reached it, of those who reached the one before it in their job's plans. Each group is compared \
with the single one that has the highest rate among those with five people and 2 % of the disclosed, in exact \
fractions: below four fifths it is flagged; p is Fisher's exact test, two-sided, and significant below 0.05; not \
flagged but significant is a reason to look closer (29 CFR 1607.4(D)). Too few to say: fewer than five considered, \
less than 2 %, or a difference that one person selected instead of another would turn round. A group of fewer than \
five is withheld, and so is the next smallest, or the difference to the whole would tell the first; then neither is \
compared, and where it had the highest rate, nothing is: ask for a longer period or without a dimension. Where fewer \
than five were considered in all there are no rows. Explained by the ids of everybody who is counted, without their \
groups."""

TOO_FEW = "in a cut with fewer than five considered"


class AdverseImpactRow(Row):
    """`group` names the race or sex beside the dimensions, null: undisclosed. Withheld figures are null."""

    applied: int | None
    withdrew: int | None
    pending: int | None
    considered: int | None
    selected: int | None
    rate: Share | None
    ratio: str | None
    p: Probability | None
    verdict: Verdict


def groups_of(tally: counting.Tally) -> dict[str | None, Counter[Outcome]]:
    """What became of those of each race or sex, before anything is withheld; None: of those who told nothing."""
    assert tally.told is not None
    found: dict[str | None, Counter[Outcome]] = defaultdict(Counter)
    for shape in [shape for shape, _ in tally.shapes()]:
        for name, n in tally.told.groups(tally.took(lambda other, of=shape: other == of)):  # type: ignore[misc]
            found[name][shape[0]] += n
    return found


def disclosed(groups: Mapping[str | None, Counter[Outcome]]) -> dict[str, Tally]:
    return {name: _tally(became) for name, became in groups.items() if name is not None}


def rows(group: Group, tally: counting.Tally, world: World, question: AdverseImpact) -> Iterator[AdverseImpactRow]:
    groups = groups_of(tally)
    if not shows(sum(_tally(became).considered for became in groups.values())):
        return
    found = disclosed(groups)
    comparisons = compare(found)
    hidden = withheld({name: tally.considered for name, tally in found.items()})
    # What a ratio says of a reference that is withheld is its rate.
    blind = any(comparisons[name].verdict == "reference" for name in hidden if name is not None)
    for name in sorted(groups, key=lambda name: (name is None, name or "")):
        if name is None:
            comparison = Comparison("undisclosed")
        elif found[name].considered >= ENOUGH and (blind or name in hidden):
            comparison = Comparison("withheld")
        else:
            comparison = comparisons[name]
        yield _row({**group, question.category: name}, groups[name], comparison, name in hidden)


def _row(group: Group, became: Counter[Outcome], comparison: Comparison, hidden: bool) -> AdverseImpactRow:
    tally, says = _tally(became), comparison.verdict != "too few to say"
    return AdverseImpactRow(
        group=group,
        applied=None if hidden else became.total(),
        withdrew=None if hidden else became["withdrew"],
        pending=None if hidden else became["pending"],
        considered=None if hidden else tally.considered,
        selected=None if hidden else tally.selected,
        rate=None if hidden else Share.among(tally.selected, tally.considered),
        ratio=str(comparison.ratio) if says and comparison.ratio is not None else None,
        p=Probability.of(comparison.p) if says and comparison.p is not None else None,
        verdict=comparison.verdict,
    )


def _tally(became: Counter[Outcome]) -> Tally:
    return Tally(became["selected"] + became["rejected"], became["selected"])


# What was told is not among what is counted: nothing of what was opened is kept.
CONSIDERED = Counts(
    ways(AdverseImpact, "milestone"), counted, rows, lambda *_: "submitted", alike=alike, few=TOO_FEW,
    told=lambda world, question: told_in(world, question.category),
)  # fmt: skip
# Which of them a figure counts would tell the group, or the outcome, of each.
EVERYBODY = "behind it stands everybody who is counted in this cut, whatever the group"
WORDS = {
    "applied": "applications of the group",
    "withdrew": "of the group, those who withdrew before anything was decided",
    "pending": "of the group, those of whom nothing is decided yet",
    "considered": "of the group, those selected and those whom we rejected",
    "selected": "of the group, those selected",
    "rate": "selected over considered",
    "ratio": "the rate over the highest one of a group",
    "p": "Fisher's exact test against the group with the highest rate, two-sided",
    "verdict": "what ratio and test say of the group",
}
ADVERSE_IMPACT = Definition(
    "adverse-impact", 1, "Selection rates of races or sexes, compared", TEXT,
    "(selected / considered) / max over groups(selected / considered)", AdverseImpact, AdverseImpactRow,
    AdverseImpactPart, applications.NEEDS | {*OFFERED, SelfIdentificationRecorded}, CONSIDERED,
    figures={name: Rule(f"{text}; {EVERYBODY}") for name, text in WORDS.items()},
)  # fmt: skip
