"""What survives, and what a start says that cannot work."""

import asyncio
import os
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from deploy.local.outside.journal import Journal, JournalUnreadable
from deploy.local.outside.tests.conftest import ROOT, Start
from deploy.local.outside.tests.test_mailbox import mail, send


class Note(BaseModel):
    id: int
    text: str = ""


def journal(path: Path, limit: int = 10_000) -> Journal[Note]:
    return Journal(path, Note, lambda note: str(note.id), limit)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_messages_people_and_mails_survive_the_end(start: Start, tmp_path: Path, end: signal.Signals) -> None:
    async with start(tmp_path, stop=end) as outside:
        user = await outside.person("ada@example.com")
        await outside.http.post("/slack/channels", json=["hiring"])
        ts = (await outside.slack().chat_postMessage(channel=user, text="before"))["ts"]
        await outside.slack().chat_update(channel="D" + user[1:], ts=ts, text="before, edited")
        await send(outside, mail("before"))
        messages = (await outside.http.get("/slack/messages")).json()
        keys = (await outside.http.get("/issuer/jwks.json")).json()
    assert await outside.process.wait() == (0 if end is signal.SIGTERM else -signal.SIGKILL)
    async with start(tmp_path) as outside:
        assert (await outside.http.get("/slack/messages")).json() == messages
        assert [message["text"] for message in messages] == ["before, edited"]
        assert (await outside.http.get("/issuer/jwks.json")).json() == keys
        later = await outside.slack().chat_postMessage(channel="#hiring", text="after")
        assert float(later["ts"]) > float(ts)
        await send(outside, mail("after"))
        mails = (await outside.http.get("/mail/messages")).json()
        assert [(one["id"], one["subject"]) for one in mails] == [(1, "before"), (2, "after")]


def modes(directory: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


async def test_it_is_healthy_and_its_files_are_its_owners_alone(start: Start, tmp_path: Path) -> None:
    async with start(tmp_path) as outside:
        assert (await outside.http.get("/healthz")).status_code == 200
        assert modes(tmp_path) == {0o600}


@pytest.mark.parametrize("taken", ["--port", "--smtp-port"])
async def test_a_taken_port_is_said_and_nothing_is_written(tmp_path: Path, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        ports = {"--port": "0", "--smtp-port": "0"} | {taken: port}
        code, said = await run(*(word for pair in ports.items() for word in pair), "--state", str(tmp_path / "state"))
    assert code == 1
    assert said.splitlines() == [
        f"The outside world did not start: port {port} cannot be had (Address already in use); "
        "stop who has it or choose another."
    ]
    assert not (tmp_path / "state").exists()


async def test_a_state_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = await run("--port", "0", "--smtp-port", "0", "--state", str(tmp_path / "file" / "state"))
    assert code == 1
    assert said.endswith("/file/state cannot be made (Not a directory); give another --state.\n")


async def test_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    code, said = await run("--port", "0", "--smtp-port", "0", "--state", str(tmp_path), token="")
    assert code == 2
    assert "set HIRELOG_SLACK_TOKEN or give --slack-token" in said


async def run(*arguments: str, token: str = "xoxb-test") -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local.outside", *arguments),
        cwd=ROOT,
        env={**os.environ, "HIRELOG_SLACK_TOKEN": token},
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, stderr.decode()


def test_only_the_newest_records_are_kept_in_memory_and_in_the_file(tmp_path: Path) -> None:
    notes = journal(tmp_path / "notes", limit=10)
    for id in range(95):
        notes.put(Note(id=id))
    assert [note.id for note in notes] == list(range(85, 95))
    assert (tmp_path / "notes").read_bytes().count(b"\n") < 20
    assert list(journal(tmp_path / "notes", limit=10)) == list(notes)


def test_a_later_record_takes_the_place_of_its_key(tmp_path: Path) -> None:
    notes = journal(tmp_path / "notes")
    for note in (Note(id=1, text="old"), Note(id=2), Note(id=1, text="new")):
        notes.put(note)
    assert [note.text for note in journal(tmp_path / "notes")] == ["new", ""]


def test_a_line_torn_by_a_crash_is_forgotten_and_written_over(tmp_path: Path) -> None:
    notes = journal(tmp_path / "notes")
    notes.put(Note(id=1))
    with (tmp_path / "notes").open("ab") as file:
        file.write(b'{"id": 2, "te')
    torn = journal(tmp_path / "notes")
    assert [note.id for note in torn] == [1]
    torn.put(Note(id=3))
    assert [note.id for note in journal(tmp_path / "notes")] == [1, 3]


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b'{"id": 1}\nrubbish\n')
    with pytest.raises(JournalUnreadable, match=r"Line 2 of .*/notes is not a note; delete the file to start empty."):
        journal(tmp_path / "notes")
