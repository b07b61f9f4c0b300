"""Something that does not hold: which check says so, of whose data, and which events or streams it is about."""

from collections.abc import Callable
from dataclasses import dataclass

Report = Callable[[str, int, int], None]
"""Told now and then how far a check has come: (what is checked, done, total)."""


@dataclass(frozen=True)
class Finding:
    """`check` names a rule, such as `store.chain`; `ids` are those of events, streams or records, never of people."""

    check: str
    service: str
    what: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.check} ({self.service}): {self.what}" + (f" [{', '.join(self.ids)}]" if self.ids else "")


def unheard(what: str, done: int, total: int) -> None:
    """A Report that nobody reads."""
