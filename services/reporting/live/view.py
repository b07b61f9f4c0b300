"""What is shown: three series in windows, those replies whose campaign runs, and how far the facts have corrected."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from services.reporting.live.counted import RUNS_AFTER, Series, counted
from services.reporting.live.windows import Windows, start_of
from shared.events.envelope import Envelope

Seen = Mapping[tuple[str, int], int]
"""By topic and partition: the offset after the last record."""


class Count(NamedTuple):
    """So many events of one type in one minute that are equal in the fields that matter."""

    minute: datetime
    wire_type: str
    fields: Mapping[str, Any]
    times: int


@dataclass
class View:
    """In memory only, and bounded. The clock is the caller's."""

    seen: dict[tuple[str, int], int] = field(default_factory=dict)
    corrected: datetime | None = None
    _series: Mapping[Series, Windows] = field(default_factory=lambda: {series: Windows() for series in Series})
    _running: set[str] = field(default_factory=set)

    def take(self, envelope: Envelope, fields: Mapping[str, Any], now: datetime) -> None:
        """An event of a counted type."""
        self._count(Count(envelope.occurred, envelope.type, fields, 1), now)

    def campaign(self, envelope: Envelope) -> None:
        """An event of a type that RUNS_AFTER knows."""
        of = envelope.stream.removeprefix("campaign-")
        (self._running.add if RUNS_AFTER[envelope.type] else self._running.discard)(of)

    def correct(self, counts: Iterable[Count], running: Collection[str], end: datetime, now: datetime) -> None:
        """What ended by `end` is as the facts have it, and so are the campaigns that run."""
        for windows in self._series.values():
            windows.clear(end)
        for count in counts:
            self._count(count, now)
        self._running = set(running)
        self.corrected = end

    def snapshot(self, now: datetime) -> str:
        """JSON; the same text as long as there is nothing new to show."""
        minutes: dict[datetime, dict[str, Any]] = {start_of(now): {}}
        for series, windows in self._series.items():
            for start, counts in windows.shown(now).items():
                shown = {key: n for key, n in counts.items() if series != Series.REPLIES or key in self._running}
                if shown:
                    minutes.setdefault(start, {})[series] = shown
        return json.dumps({
            "corrected": self.corrected and _wire(self.corrected),
            "windows": [{"start": _wire(start)} | {series: shown.get(series, {}) for series in Series}
                        for start, shown in sorted(minutes.items())],
        })  # fmt: skip

    def oldest(self, now: datetime) -> datetime:
        return self._series[Series.ARRIVALS].oldest(now)

    def _count(self, count: Count, now: datetime) -> None:
        for series, name in counted(count.wire_type, count.fields):
            self._series[series].count(name, count.minute, now, count.times)


def _wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
