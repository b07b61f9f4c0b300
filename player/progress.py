"""The progress bar of a play, with counts per second."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from player.ledger import Ledger
from player.play import Tell
from player.steps import Plan, Step


class PerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:.0f}/s")


@contextmanager
def shown(plan: Plan, ledger: Ledger, console: Console) -> Iterator[Tell]:
    """What is yielded is told of each step that was played."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), PerSecond(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        done = len(ledger.entries)
        task = progress.add_task("Playing", total=sum(1 for _ in plan.steps()), completed=done)

        def tell(step: Step) -> None:
            day = f"{step.at:%d %b %Y}" if step.at else "today"
            progress.update(task, advance=1, description=f"Playing {day:>11}")

        yield tell
