"""What a client outside the system knows of its commands: on disk before each is sent, and again with each answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from player.lines import Lines, lines

Outcome = Literal["acknowledged", "refused", "unknown"]


@dataclass
class Command:
    """`id` is the correlation id of every attempt, which each event has too; `stream` is the id in the path.

    `idle`: it may rightly change nothing, for what it asks for may be so already.
    """

    id: str
    service: str
    what: str
    key: str | None = None
    stream: str | None = None
    idle: bool = False
    attempts: int = 0
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Unknown is also what was refused after an attempt without an answer: that one may still have been done."""
        if self.acknowledged:
            return "acknowledged"
        return "refused" if len(self.refused) == self.attempts else "unknown"


class Ledger:
    """Append-only. Every method returns once its line is on disk; those of one moment share a sync."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()

    async def sent(self, command: Command) -> None:
        await self._lines.write({
            "sent": command.id, "service": command.service, "what": command.what, "key": command.key,
            "stream": command.stream, "idle": command.idle,
        })  # fmt: skip

    async def acknowledged(self, command: str, of: str, version: int) -> None:
        await self._lines.write({"acknowledged": command, "id": of, "version": version})

    async def refused(self, command: str, status: int, slug: str) -> None:
        await self._lines.write({"refused": command, "status": status, "slug": slug})

    async def unknown(self, command: str, why: str) -> None:
        """No answer came, or one that does not tell: the connection was lost, or a 5xx."""
        await self._lines.write({"unknown": command, "why": why})


def read(path: Path) -> dict[str, Command]:
    """Every command by its id, in the order in which they were sent first."""
    found: dict[str, Command] = {}
    for line in lines(path):
        if "sent" in line:
            about = {name: line[name] for name in ("service", "what", "key", "stream", "idle")}
            found.setdefault(line["sent"], Command(line["sent"], **about)).attempts += 1
        elif "acknowledged" in line:
            found[line["acknowledged"]].acknowledged.append((line["id"], line["version"]))
        elif "refused" in line:
            found[line["refused"]].refused.append((line["status"], line["slug"]))
        else:
            found[line["unknown"]].unknown.append(line["why"])
    return found


def counted(commands: Iterable[Command]) -> dict[Outcome, int]:
    counts: dict[Outcome, int] = {"acknowledged": 0, "refused": 0, "unknown": 0}
    for command in commands:
        counts[command.outcome] += 1
    return counts
