"""One short run with faults under the judge; and that a seed says everything about what is tried."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from player.steps import Command
from tests.resilience.chaos import main
from tests.resilience.drawing import KINDS, drawn
from tests.resilience.ledger import Command as Sent
from tests.resilience.ledger import Ledger, counted, read
from tests.resilience.load import load

END = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.timeout(420)
def test_a_short_run_with_faults_loses_doubles_and_misorders_nothing(tmp_path: Path) -> None:
    told = tmp_path / "run.json"
    code = main(["--seed", "7", "--commands", "300", "--faults", "5", "--json", str(told)])
    [run] = json.loads(told.read_text())
    assert run["findings"] == []
    assert code == 0
    assert (run["lost"], run["doubled"], run["misordered"]) == (0, 0, 0)
    assert run["commands"] >= 300
    assert run["acknowledged"] > 200
    assert len(run["faults"]) == 5


def test_a_seed_draws_the_same_commands_and_faults_every_time() -> None:
    assert load(3, 500, END) == load(3, 500, END)
    assert load(3, 500, END).lanes != load(4, 500, END).lanes
    assert drawn(3, 20) == drawn(3, 20)
    assert drawn(3, 20) != drawn(4, 20)


def test_a_load_has_commands_enough_of_every_manner_for_both_services() -> None:
    sendings = [sending for lane in load(3, 1_000, END).lanes for sending in lane]
    assert sum(sending.commands for sending in sendings) >= 1_500
    commands = [sending for sending in sendings if isinstance(sending.step, Command)]
    assert {sending.manner for sending in commands} == {"plain", "twins", "again", "stale", "rival"}
    assert {sending.step.call.service for sending in commands} == {"ats", "crm"}
    assert {sending.insistent for sending in commands} == {True, False}
    # What is named has an id by then: from the set-up, or from further up in its lane.
    known = {step.key for step in load(3, 1_000, END).set_up.steps()}
    for lane in load(3, 1_000, END).lanes:
        for place, sending in enumerate(lane):
            assert sending.step.needs() <= known | {before.step.key for before in lane[:place]}


def test_no_kind_of_fault_comes_again_before_every_kind_came() -> None:
    faults = [fault for _, fault in drawn(5, len(KINDS))]
    assert len({type(fault) for fault in faults}) == len({type(fault) for _, fault in drawn(6, len(KINDS))}) == 10
    shares = [share for share, _ in drawn(5, 40)]
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] < 1


async def test_a_refusal_after_silence_leaves_open_whether_the_command_was_done(tmp_path: Path) -> None:
    plain, silent, done = Sent("1", "crm", "a"), Sent("2", "crm", "b"), Sent("3", "ats", "c", idle=True)
    with Ledger(tmp_path / "ledger") as ledger:
        for command in (plain, silent, silent, done, done):
            await ledger.sent(command)
        await ledger.refused("1", 409, "conflict")
        await ledger.unknown("2", "ReadTimeout")
        await ledger.refused("2", 409, "already-sourced")
        await ledger.refused("3", 409, "in-flight")
        await ledger.acknowledged("3", "of", 2)
    found = read(tmp_path / "ledger")
    assert [command.outcome for command in found.values()] == ["refused", "unknown", "acknowledged"]
    assert counted(found.values()) == {"acknowledged": 1, "refused": 1, "unknown": 1}
    assert found["3"].idle


async def test_a_command_that_was_sent_and_never_answered_is_unknown(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        await ledger.sent(Sent("1", "crm", "a"))
    with (tmp_path / "ledger").open("a") as file:
        file.write('{"acknowledged": "1", "id"')  # the client was killed while it wrote
    with Ledger(tmp_path / "ledger"):
        [command] = read(tmp_path / "ledger").values()
    assert command.outcome == "unknown"
