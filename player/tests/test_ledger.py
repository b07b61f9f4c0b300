"""The ledger: what was acknowledged stays, whatever kills the player."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from player.ledger import Entry, Ledger, OtherHistory, read

END = datetime(2026, 6, 1, tzinfo=UTC)
ENTRY = Entry("job:1/job.open", "job.open", "id-1", END, "recruiter-1", None, {"openings": 2})


async def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger", 1, "small", END) as ledger:
        await ledger.write(ENTRY)
    assert read(tmp_path / "ledger") == [ENTRY]


async def test_going_on_keeps_the_run_and_the_end_of_the_first_time(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger", 1, "small", END) as ledger:
        await ledger.write(ENTRY)
        begun = ledger.heading
    with Ledger(tmp_path / "ledger", 1, "small", datetime.now(UTC)) as ledger:
        assert ledger.heading == begun
        assert ledger.entries == [ENTRY]
        assert not ledger.finished


async def test_half_a_line_of_a_killed_player_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path, 1, "small", END) as ledger:
        await ledger.write(ENTRY)
    with path.open("a") as file:
        file.write('{"key": "job:2/job.op')
    with Ledger(path, 1, "small", END) as ledger:
        ledger.finish()
    assert read(path) == [ENTRY]


async def test_entries_of_one_moment_are_all_kept(tmp_path: Path) -> None:
    entries = [replace(ENTRY, key=f"job:{number}/job.open") for number in range(50)]
    with Ledger(tmp_path / "ledger", 1, "small", END) as ledger:
        await asyncio.gather(*(ledger.write(entry) for entry in entries))
    assert read(tmp_path / "ledger") == entries


def test_another_history_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger", 1, "small", END):
        pass
    with pytest.raises(OtherHistory, match="History small, seed 1, has been played here: ask for that one, or delete"):
        Ledger(tmp_path / "ledger", 2, "small", END)
