"""Source effectiveness: hires and interviews of applications, credited to where they came from (rules D9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from tests.oracle.applications import Application
from tests.oracle.happened import Happened
from tests.oracle.interviews import interviews
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, dimensions, grouped
from tests.oracle.touches import touches_before


def source_effectiveness(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    interviewed = {interview.last.application_id for interview in interviews(seen) if interview.held}
    counted = []
    for application in seen.applications:
        moment = application.submission
        if moment is None or not asked.in_period(moment):
            continue
        values = dimensions(seen, asked, moment, application.kept.job_at(moment), application)
        if asked.wants(values):
            became = {"hires": application.hire is not None, "interviewed": not interviewed.isdisjoint(application.ids)}
            counted.append((values, (_shares(seen, asked, application, moment), became)))
    rows = []
    for group, found in grouped(asked, counted):
        for source in sorted({source for shares, _ in found for source in shares}):
            of = sum(shares.get(source, Fraction(0)) for shares, _ in found)
            row: Row = {"group": group, "source": source}
            for figure in ("hires",) if asked.option("version", "2") == "1" else ("hires", "interviewed"):
                row[figure] = (sum(shares.get(source, Fraction(0)) for shares, became in found if became[figure]), of)
            rows.append(row)
    return rows


def _shares(seen: Past, asked: Question, application: Application, submission: datetime) -> Mapping[str, Fraction]:
    """Source to its share of this application; together they are one."""
    own, view = application.source, asked.option("view", "application")
    if view == "application":
        return {own: Fraction(1)}
    if view == "credited":
        return {application.credited or own: Fraction(1)}
    touches = [source for _, source in touches_before(seen, application, submission) if source is not None]
    if view == "first_touch":
        return {[*touches, own][0]: Fraction(1)}
    if view == "linear":
        sources = {*touches, own}
        return {source: Fraction(1, len(sources)) for source in sources}
    raise ValueError(view)
