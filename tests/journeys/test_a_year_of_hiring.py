"""The small demo on real processes, each killed once on the way: nothing lost, nothing doubled, every figure right."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.platform import Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from ops.checks import unfinished, verify
from ops.installation import Installation
from player.history import history
from player.ledger import Entry, read
from player.reports import Reports, every_question
from shared.events.event import registry
from shared.kit.effects import Delivery
from tests.journeys.killing import kill_and_restart
from tests.journeys.log import whole_log
from tests.journeys.playing import Playing
from tests.resilience.messages import TOLD, arrived, check_messages, everything, must_be_told, undelivered
from tests.resilience.projections import check_facts, check_hand_overs, check_read_models
from tests.resilience.rebuilt import check_rebuilt

KILLED = {"ats": 0.1, "crm": 0.22, "kafka": 0.34, "reporting": 0.46, "postgres": 0.58, "outside": 0.7, "notifier": 1}
# No public call leads to these yet, or none of this year does, or only a fault.
NOT_YET = {
    "ats.application.did-not-start", "ats.application.start-date-changed", "ats.application.started",
    "ats.approval.commented", "ats.approval.delegated", "ats.approval.skipped", "ats.approval.timed-out",
    "ats.approval.approver-replaced", "ats.candidate.merged", "ats.interview.requested", "ats.job.updated",
    "ats.job.stage-plan-changed", "ats.opening.retargeted", "notifier.candidate-message.failed",
    "notifier.candidate-message.sent", "notifier.notification.failed", "notifier.notification.suppressed",
    "ats.self-identification.recorded", "reporting.adverse-impact.flagged",
    "reporting.adverse-impact-snapshot.sealed",
    *(wire_type for wire_type in registry.all() if wire_type.endswith(".occurrence-corrected")),
}  # fmt: skip
SCHEDULED_BEFORE = "crm"
PATIENCE_S = 120


@pytest.mark.timeout(420)
def test_a_year_of_hiring_survives_a_kill_of_every_process(tmp_path: Path) -> None:
    with (
        temporary_state() as directory,
        Platform(directory, fsync=False, kafka_heap="256m") as platform,
        Services(platform, settings={"HIRELOG_KAFKA_SESSION_MS": "3000"}) as services,
        logs_on_failure(platform, services),
    ):
        plan = history(1, "small", datetime.now(UTC))
        httpx.post(f"{platform.outside_url}/slack/users", json=list(plan.on_slack)).raise_for_status()
        with Playing(plan, tmp_path / "ledger", platform, services) as playing:
            for name, share in KILLED.items():
                playing.until(share)
                if name == SCHEDULED_BEFORE:
                    asyncio.run(schedule(services, playing.token("admin")))
                kill_and_restart(name, platform, services)
        asyncio.run(judge(platform, services, read(tmp_path / "ledger"), plan.end, playing.token("admin")))


async def schedule(services: Services, token: str) -> None:
    """A report for everybody who works there, due in one minute or two, while processes are killed."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        members = await everything(client, f"{services.url('ats')}/v1/team-members")
        terms = {
            "title": "Funnel",
            "report": "funnel",
            "rhythm": "day",
            "zone": "UTC",
            "at": f"{datetime.now(UTC) + timedelta(minutes=2):%H:%M}",
            "recipients": [of["id"] for of in members],
        }

        async def refused() -> list[str]:
            answer = await client.post(f"{services.url('reporting')}/v1/schedules", json=terms)
            return [] if answer.status_code == 201 else [answer.text]

        # Reporting may not have heard of all of them yet.
        await nothing_left(refused)


async def frozen(client: httpx.AsyncClient, schedules: str) -> None:
    [one] = (await client.get(schedules)).raise_for_status().json()["items"]
    of = f"{schedules}/{one['id']}"

    async def waiting() -> list[str]:
        shown = (await client.get(of)).raise_for_status().json()
        return [] if shown["last"] else [f"it is due at {shown['next']}"]

    await nothing_left(waiting)
    (await client.post(f"{of}/end", json={"why": "year_over"})).raise_for_status()
    snapshot = (await client.get(of)).json()["last"]["snapshot_id"]
    verified = (await client.get(f"{schedules.removesuffix('schedules')}snapshots/{snapshot}/verify")).json()
    assert verified["verdict"] == "same"


async def judge(platform: Platform, services: Services, ledger: list[Entry], end: datetime, token: str) -> None:
    installation = Installation.read(platform.directory / "installation.json")
    await nothing_left(lambda: unfinished(installation))
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        await frozen(client, f"{services.url('reporting')}/v1/schedules")
        log = await whole_log(installation)
        reports = Reports(client, services.url("reporting"), token)
        assert await reports.agreeing(ledger, end, every_question()) == []
        check_types(log)
        check_applications(ledger, await everything(client, f"{services.url('ats')}/v1/applications"))
        await nothing_left(lambda: undelivered(client, services.url("notifier"), must_be_told(log)))
        await nothing_left(lambda: unfinished(installation))
        log = await whole_log(installation)
        assert check_messages(log, await arrived(client, platform.outside_url)) == []
        check_news(log)
    assert await verify(installation) == []
    for check in (check_facts, check_read_models, check_hand_overs, check_rebuilt):
        assert await check(installation) == []


def check_types(log: list[Delivery]) -> None:
    """Every type there is."""
    assert registry.all().keys() - NOT_YET - {one.envelope.type for one in log} == set()


def check_news(log: list[Delivery]) -> None:
    """Today's events were sent, and not only recorded; but an approval may be given before it is asked for."""
    sent = [json.loads(one.record.value) for one in log if one.envelope.type == "notifier.notification.sent"]
    assert {one["event_type"] for one in sent} == TOLD
    today = must_be_told(log)
    approved = {json.loads(one.record.value)["approval_id"] for one in log if one.envelope.type == "ats.offer.approved"}
    overtaken = {
        str(one.envelope.id) for one in log
        if one.envelope.type == "ats.approval.requested" and json.loads(one.record.value)["approval_id"] in approved
    }  # fmt: skip
    assert today - overtaken <= {one["event_id"] for one in sent} <= today


def check_applications(ledger: list[Entry], listed: list[dict[str, Any]]) -> None:
    """Those of the ledger and no others; one for each person handed over to a job."""
    acknowledged = {e.id for e in ledger if e.what in ("posting.apply", "application.submit", "application.find")}
    assert [of for of, times in Counter(one["id"] for one in listed).items() if times > 1] == []
    assert {one["id"] for one in listed} == acknowledged
    handed_over = Counter((e.of, e.said["job_id"]) for e in ledger if e.what == "prospect.hand-over")
    first_job = submitted_to(ledger)
    found = Counter((one["person_id"], first_job[one["id"]]) for one in listed)
    assert {pair: found[pair] for pair in handed_over} == dict.fromkeys(handed_over, 1)


def submitted_to(ledger: list[Entry]) -> dict[str, str]:
    """The job that each application was first to."""
    postings = {entry.id: entry.said["job_id"] for entry in ledger if entry.what == "posting.publish"}
    by_form = {entry.id: postings[entry.of or ""] for entry in ledger if entry.what == "posting.apply"}
    others = ("application.submit", "application.find")
    return by_form | {entry.id: entry.said["job_id"] for entry in ledger if entry.what in others}


async def nothing_left(what: Callable[[], Awaitable[list[str]]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while left := await what():
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.2)


@contextmanager
def logs_on_failure(platform: Platform, services: Services) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for name, child in (platform.children() | services.running).items():
            sys.stderr.write(f"---- {name}\n{child.tail(30)}\n")
        raise
