"""What only a service's own code can do: its own process does it, as a child with the service's environment."""

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ops.installation import Service
from ops.terminal import NotDone

ROOT = Path(__file__).resolve().parents[1]
LONGEST_LINE = 2**24
PATIENCE_S = 10

Report = Callable[[str, int, int], None]


async def perform(service: Service, *arguments: str, report: Report | None = None) -> dict[str, Any]:
    """Runs `python -m services.<name> <arguments>`; returns its result. Raises NotDone with its sentence."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("HIRELOG_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"services.{service.name}", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
        cwd=ROOT, env={**settings, **service.environment}, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    last_words = asyncio.create_task(_last_line(process.stderr))
    said: dict[str, Any] = {}
    try:
        async for line in process.stdout:
            said = json.loads(line)
            if report is not None and (progress := said.get("progress")):
                report(progress["what"], progress["done"], progress["total"])
        await process.wait()
        why = await last_words
    finally:
        await _end(process)
    if "error" in said:
        raise NotDone(said["error"])
    if "result" not in said:
        raise NotDone(
            f"The process of {service.name} ended before it was done (code {process.returncode}; it said last: "
            f"{why or 'nothing'}): mend that, then try again."
        )
    result: dict[str, Any] = said["result"]
    return result


class Bar:
    """Progress of an operation on standard error, for people; silent for programs."""

    def __init__(self, silent: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), disable=silent)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Report:
        self._progress.start()
        return self._report

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _report(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


async def _last_line(stream: asyncio.StreamReader) -> str:
    lines: deque[bytes] = deque([b""], maxlen=1)
    async for line in stream:
        if line.strip():
            lines.append(line)
    text = lines[0].decode(errors="replace").strip()
    try:
        return str(json.loads(text)["event"])
    except (ValueError, LookupError, TypeError):
        return text[:200]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
