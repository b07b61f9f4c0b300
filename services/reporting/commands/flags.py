"""Commands on flags of adverse impact."""

import json
from typing import Any

from services.reporting.commands.answering import answered
from services.reporting.domain.flag import FLAG, flag_id
from services.reporting.metrics.adverse_impact import AdverseImpactRow
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.considered import AdverseImpact
from services.reporting.metrics.report import Definition
from shared.events.reporting.adverse_impact import AdverseImpactFlagged
from shared.kit.context import now
from shared.kit.refusals import Invalid, Missing
from shared.kit.unit import Unit

FLAGGED = ("flagged", "flagged, significant")
ASK_AGAIN = "ask for the report again, with the same question, and name the cell of one of its rows that is flagged"


async def flag_group(
    unit: Unit, definition: Definition[AdverseImpact, AdverseImpactRow, Any], question: AdverseImpact, cell: str
) -> None:
    """Puts on record what the report says of a group now; nothing where that is on record. Raises Invalid, Missing."""
    if question.period is None:
        raise Invalid("A flag is of a period, and the question has none", "name the period")
    asked = definition.parameters(question)
    # What is new among the parameters, and not asked, makes no other question of it.
    of = flag_id(question.model_dump(mode="json", include=set(asked), exclude_defaults=True), cell)
    if await unit.get(FLAG, of) is not None:
        await unit.about(FLAG, of)
        return
    moment = now()
    clocks = Clocks(moment, moment)
    row = await _row(unit, definition, question, clocks, cell)
    if row.verdict not in FLAGGED:
        raise Invalid(f"The group is not flagged: {row.verdict}", ASK_AGAIN)
    # Neither is ever withheld of a group that is flagged.
    assert row.considered is not None
    assert row.selected is not None
    assert row.ratio is not None
    assert row.p is not None
    group = row.group[question.category]
    assert group is not None
    flagged = AdverseImpactFlagged(
        flag_id=of,
        metric=definition.id,
        definition=definition.version,
        question=json.dumps(asked, sort_keys=True),
        category=question.category,
        group=group,
        values={name: value for name, value in row.group.items() if name != question.category},
        stage=question.milestone,
        period=question.period,
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        considered=row.considered,
        selected=row.selected,
        ratio=row.ratio,
        p=f"{row.p.shown:.4f}",
        significant=row.verdict == "flagged, significant",
    )
    await unit.start(FLAG, of, [flagged])


async def _row(
    unit: Unit, definition: Definition[AdverseImpact, AdverseImpactRow, Any], question: AdverseImpact, clocks: Clocks,
    cell: str,
) -> AdverseImpactRow:  # fmt: skip
    report = await answered(unit.store, definition, question, clocks)
    for each in report.cells:
        if each.row.cell == cell:
            row: AdverseImpactRow = each.row
            return row
    raise Missing(f"The answer has no row {cell!r}", ASK_AGAIN)
