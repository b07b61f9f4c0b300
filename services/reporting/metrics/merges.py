"""Two applications of one person to one job are one once that is known, whatever the dates."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact
from shared.events.ats.candidate import CandidatesMerged


def merge(found: Mapping[UUID, Application], facts: Iterable[Fact]) -> list[Application]:
    """The applications that are left, each with the ways of those that a merge left out."""
    left_out: dict[UUID, tuple[UUID, Fact]] = {}
    for fact in facts:
        if isinstance(fact.event, CandidatesMerged):
            left_out |= {of: (kept, fact) for of, kept in fact.event.application_map.items()}
    into = {of: _left(of, left_out, found) for of in left_out.keys() & found.keys()}
    for of, kept in sorted(into.items()):
        if of != kept:
            _join(found[kept], found[of], left_out[of][1])
    return [application for of, application in found.items() if into.get(of, of) == of]


def _left(of: UUID, left_out: Mapping[UUID, tuple[UUID, Fact]], found: Collection[UUID]) -> UUID:
    """Of merges in a row the last one that is there: the one kept at last may not have been submitted yet."""
    row = [of]
    while row[-1] in left_out and (kept := left_out[row[-1]][0]) not in row:
        row.append(kept)
    there = [each for each in row if each in found]
    # The ATS writes no circles; of one nobody may be lost.
    return min(there) if row[-1] in left_out else there[-1]


def _join(kept: Application, other: Application, merged: Fact) -> None:
    """Submission is the earliest, milestones and times at work are the union; the state is that of the one kept."""
    if _submitted(other) < _submitted(kept):
        kept.source, kept.source_name, kept.corrected = other.source, other.source_name, other.corrected
        kept.internal = other.internal
    # Of two who were credited, the last word.
    kept.credited = max(kept.credited, other.credited, key=lambda fact: fact.position if fact else -1)
    for leg in other.legs:
        same = next((mine for mine in kept.legs if mine.job == leg.job), None)
        if same is None:
            leg.left = True
            kept.legs.insert(0, leg)
        else:
            # Where the one kept stands now stays last.
            same.visits[:0] = leg.visits
    kept.others_closed += [*other.others_closed, *filter(None, [other.spells[-1][1]])]
    kept.spells[:0] = [(began, ended or merged) for began, ended in other.spells]
    kept.accepted = {**other.accepted, **kept.accepted}
    kept.undone = {**other.undone, **kept.undone}
    kept.hires = {**other.hires, **kept.hires}
    kept.reversed = {**other.reversed, **kept.reversed}
    kept.starts = {**other.starts, **kept.starts}
    kept.missed = {**other.missed, **kept.missed}
    kept.merges += [*other.merges, merged]
    kept.ids |= other.ids


def _submitted(application: Application) -> tuple[object, ...]:
    """Of two leads the one that came first; a lead is no submission yet."""
    submission = application.first_entry()
    return (0, submission.order) if submission else (1, min(began.order for began, _ in application.spells))
