"""The judge of a run: ledger within store within topic within projections, each command and message once."""

from collections.abc import Collection
from dataclasses import dataclass

import httpx

from ops.checks import Finding, Report, unfinished, verify
from ops.checks.finding import unheard
from ops.installation import Installation
from tests.journeys.log import whole_log
from tests.resilience.ledger import Command, counted
from tests.resilience.messages import arrived, check_messages
from tests.resilience.projections import check_facts, check_hand_overs, check_read_models
from tests.resilience.rebuilt import check_rebuilt
from tests.resilience.stored import check_commands

LOST = {
    "command.lost", "store.lacks", "topic.lacks", "facts.lacks", "read-model.row", "hand-over.lost", "message.lost",
    "message.untold", "consumer.seen", "unfinished",
}  # fmt: skip
DOUBLED = {
    "command.doubled", "command.refused", "store.ids", "topic.doubled", "facts.unknown", "hand-over.doubled",
    "message.doubled", "message.history",
}  # fmt: skip
MISORDERED = {"store.versions", "topic.order", "topic.partition", "facts.differs"}
# A mail server may be given the same mail again when nobody knows whether it took it; eight tries is the most.
COPIES = 8


@dataclass(frozen=True)
class Verdict:
    """Everything that does not hold, and the commands counted by their outcomes."""

    findings: list[Finding]
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0

    @property
    def lost(self) -> int:
        return self._of(LOST)

    @property
    def doubled(self) -> int:
        return self._of(DOUBLED)

    @property
    def misordered(self) -> int:
        return self._of(MISORDERED)

    def _of(self, checks: Collection[str]) -> int:
        return sum(finding.check in checks for finding in self.findings)


async def judge(
    installation: Installation, ledger: Collection[Command], outside_url: str, report: Report = unheard
) -> Verdict:
    """Of an installation at rest."""
    found = await found_standing(installation, ledger, outside_url, report)
    found += await check_rebuilt(installation)
    return Verdict(found, **counted(ledger))


async def found_standing(
    installation: Installation, ledger: Collection[Command], outside_url: str, report: Report = unheard
) -> list[Finding]:
    """Everything that does not hold of what stands, which is left as it is."""
    found = [Finding("unfinished", "", sentence) for sentence in await unfinished(installation)]
    found += await verify(installation, report=report)
    found += await check_commands(installation, ledger)
    for check in (check_facts, check_read_models, check_hand_overs):
        found += await check(installation)
    log = await whole_log(installation)
    async with httpx.AsyncClient(timeout=60) as client:
        return found + check_messages(log, await arrived(client, outside_url), COPIES)
