"""What a command says: one JSON document or tables on standard output, one sentence when it can't be done."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table

from ops.installation import NoInstallation
from shared.kit.sentences import sentence

T = TypeVar("T")
WIDTH = 100

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")]


class NotDone(Exception):
    """A command can't be done; the sentence says what to do next."""


def run(work: Coroutine[Any, Any, T], as_json: bool) -> T:
    """Awaits it; what goes wrong ends the process with one sentence and code 1."""
    try:
        return asyncio.run(work)
    except (NotDone, NoInstallation) as error:
        fail(str(error), as_json)
    except KeyboardInterrupt:
        fail("Stopped.", as_json=False, code=130)
    except BrokenPipeError:
        raise typer.Exit(1) from None
    except Exception as error:
        fail(sentence(error), as_json)


def fail(why: str, as_json: bool, code: int = 1) -> NoReturn:
    if as_json:
        write_json({"error": why})
    else:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(why)
    raise typer.Exit(code)


def write_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, default=_plain, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(*parts: RenderableType) -> None:
    """For people. Nothing in it is taken for markup."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
    for part in parts:
        console.print(part)


def table(title: str, *columns: str, numbers: frozenset[str] = frozenset()) -> Table:
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    for name in columns:
        number = name in numbers
        made.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return made


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds else "0"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
