"""`make chaos`: runs of the whole platform with faults drawn from seeds, and what the judge says of them."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.resilience.run import Outcome, Run

# One fault in so many commands; no run without a few, none with more than can be read.
COMMANDS_A_FAULT, FEWEST, MOST = 150, 5, 30
SHOWN = 40
HEADINGS = (
    "seed", "commands", "streams", "faults", "commands/s", "acknowledged", "refused", "unknown", "lost", "doubled",
    "misordered", "other findings", "seconds to lag 0",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing was found."""
    asked = _parser().parse_args(arguments)
    console = Console(stderr=bool(asked.seeds))
    outcomes = []
    for seed in _seeds(asked.seeds) if asked.seeds else [asked.seed]:
        usual = min(MOST, max(FEWEST, asked.commands // COMMANDS_A_FAULT))
        faults = usual if asked.faults is None else asked.faults
        console.print(f"seed {seed}: {asked.commands:,} commands, {faults} faults", highlight=False)
        outcomes.append(Run(seed, asked.commands, faults, console).judged())
        tell(outcomes[-1], console)
    if asked.json:
        asked.json.write_text(f"[{', '.join(outcome.to_json() for outcome in outcomes)}]\n")
    if asked.seeds:
        print(table(outcomes))  # noqa: T201
    return int(any(outcome.verdict.findings for outcome in outcomes))


def tell(outcome: Outcome, console: Console) -> None:
    """The figures, and what was found."""
    figures, verdict = outcome.figures, outcome.verdict
    said = [
        f"seed {outcome.seed}: {figures.commands:,} commands on {len(figures.streams):,} streams in "
        f"{outcome.loaded_s:.0f} s ({outcome.rate:.0f}/s), {figures.reads:,} reads, {len(outcome.faults)} faults",
        f"acknowledged {verdict.acknowledged:,}, refused {verdict.refused:,}, unknown {verdict.unknown:,}",
        f"lost {verdict.lost}, doubled {verdict.doubled}, misordered {verdict.misordered}, "
        f"{outcome.quiet_s:.1f} s to lag 0",
        f"refusals: {_counts(figures.refusals)}",
        f"no answer, or none that tells: {_counts(figures.silences)}",
        *(f"FOUND {finding}" for finding in verdict.findings[:SHOWN]),
        *([f"and {len(verdict.findings) - SHOWN} more"] if len(verdict.findings) > SHOWN else []),
        "nothing was found" if not verdict.findings else f"{len(verdict.findings)} FINDINGS",
    ]
    for line in said:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def table(outcomes: Sequence[Outcome]) -> str:
    """In Markdown, a row for each seed."""
    lines = [HEADINGS, ["---:"] * len(HEADINGS), *(_row(outcome) for outcome in outcomes)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(outcome: Outcome) -> list[str]:
    figures, verdict = outcome.figures, outcome.verdict
    other = len(verdict.findings) - verdict.lost - verdict.doubled - verdict.misordered
    return [
        str(outcome.seed), f"{figures.commands:,}", f"{len(figures.streams):,}", str(len(outcome.faults)),
        f"{outcome.rate:.0f}", f"{verdict.acknowledged:,}", f"{verdict.refused:,}", f"{verdict.unknown:,}",
        str(verdict.lost), str(verdict.doubled), str(verdict.misordered), str(other), f"{outcome.quiet_s:.1f}",
    ]  # fmt: skip


def _counts(of: dict[str, int]) -> str:
    return ", ".join(f"{what} {times}" for what, times in sorted(of.items(), key=lambda pair: -pair[1])) or "none"


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.resilience.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", help="several, such as 1-10: a table in Markdown is printed at the end")
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--faults", type=int, help=f"as many; by default one in {COMMANDS_A_FAULT} commands")
    parser.add_argument("--json", type=Path, metavar="FILE", help="everything of every run")
    return parser


if __name__ == "__main__":
    # So that what was started, mounted and written is cleared away then too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
