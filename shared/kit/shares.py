"""Has a step of a rebuild done by several processes of the service, a share each."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from typing import Any

from shared.kit.effects import Report
from shared.kit.rebuild import Step


class ShareFailed(Exception):
    """The sentence of the process that failed; the others were ended."""


@dataclass
class Shares:
    """Called with a step, it waits until all of them are through. One whose parent is gone ends when it tells so."""

    service: str
    consumer: str
    processes: int
    report: Report
    _told: dict[int, tuple[int, int]] = field(default_factory=dict)

    async def __call__(self, step: Step) -> None:
        """Raises ShareFailed."""
        self._told = {}
        started: list[Process] = []
        try:
            for number in range(self.processes):
                started.append(await self._start(step, number))
            async with asyncio.TaskGroup() as group:
                for number, process in enumerate(started):
                    group.create_task(self._follow(number, process))
        except* ShareFailed as failed:
            raise failed.exceptions[0] from None
        finally:
            for process in started:
                if process.returncode is None:
                    process.terminate()
                await process.wait()

    async def _start(self, step: Step, number: int) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{self.service}", "rebuild-part", self.consumer, step, str(number),
            str(self.processes), stdout=PIPE,
        )  # fmt: skip

    async def _follow(self, number: int, process: Process) -> None:
        assert process.stdout is not None
        said: dict[str, Any] = {}
        async for line in process.stdout:
            said = json.loads(line)
            if progress := said.get("progress"):
                self._told[number] = progress["done"], progress["total"]
                done, total = (sum(figures) for figures in zip(*self._told.values(), strict=True))
                self.report(progress["what"], done, total)
        if await process.wait() or "result" not in said:
            raise ShareFailed(said.get("error", f"a process of the rebuild ended with {process.returncode}"))
