"""Facts of made-up hirings, as reporting would have kept them: applications of two years, eight events each."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

import asyncpg

from services.reporting.projections.facts import CONSUMER, TABLE, impersonal
from services.reporting.projections.self_identifications import CONSUMER as TOLD_CONSUMER
from services.reporting.projections.self_identifications import TABLE as TOLD_TABLE
from services.reporting.tests.making import make, stream_of
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationRejected,
    ApplicationSubmitted,
    CandidateHired,
)
from shared.events.ats.approval import ApprovalDecided, ApprovalRequested
from shared.events.ats.interview import InterviewCompleted, InterviewScheduled
from shared.events.ats.job import JobOpened, JobTeamChanged
from shared.events.ats.offer import OfferAccepted, OfferDeclined, OfferExtended
from shared.events.ats.opening import OpeningOpened
from shared.events.ats.scorecard import ScorecardSubmitted
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.crm.touchpoint import TouchpointOpened, TouchpointSent
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.context import now

DAYS = 730
# Of a hundred who apply 17 are screened, 5.5 come to the house, 1.7 get an offer, two thirds of those accept.
SCREENED, ONSITE, OFFERED, ACCEPTED = 0.17, 0.055, 0.017, 0.0116
SOURCES = ("careers_site", "careers_site", "careers_site", "sourced", "referral", "agency")
PLAN = [("Applied", "applied"), ("Screen", "screened"), ("Onsite", "onsite"), ("Offer", "offer"), ("Hired", "hired")]
PER_JOB = 400
OTHERS = 2**95
"""Ids of what people told begin there, behind those of all facts."""
COLUMNS = [column.name for column in TABLE.columns if column.identity is None]
WORLD = 5_000
"""Applications that are made one by one; more of them are the same ones under other names, with jobs of their own."""
# Of ten who apply six tell their race; these, and how often.
TOLD, RACES = 0.6, (["white", "asian", "black", "hispanic", "other"], [50, 20, 14, 12, 4])
AT_ONCE = 2_000
SUBMITTED = f"""
SELECT person_id, application_id, occurred, known FROM facts WHERE type = '{ApplicationSubmitted.wire_type}'
"""  # noqa: S608
# As if everything before had been read.
STAND = """
INSERT INTO positions (consumer, topic, partition, next_offset)
SELECT '{consumer}', topic, partition, max("offset") + 1 FROM {facts} GROUP BY topic, partition
"""
# Every id begins with four zeros, which a copy has its number for.
COPY = f"""
INSERT INTO facts ({", ".join(f'"{name}"' for name in COLUMNS)})
SELECT {{columns}} FROM facts WHERE "offset" <= $2
"""  # noqa: S608
RENAMED = {
    **{name: f"overlay({name}::text placing lpad(to_hex($1::int), 4, '0') from 1 for 4)::uuid"
       for name in ("event_id", "person_id", "application_id", "job_id")},
    "data": """replace(data::text, '"0000', '"' || lpad(to_hex($1::int), 4, '0'))::jsonb""",
    "stream": "replace(stream, '-0000', '-' || lpad(to_hex($1::int), 4, '0'))",
    "position": "position + $1::int * $2::bigint",
    "offset": '"offset" + $1::int * $2::bigint',
}  # fmt: skip


def hirings(applications: int) -> Iterator[tuple[datetime, Event]]:
    """In no order; the same for the same number."""
    draw = random.Random(1)  # noqa: S311
    began = now() - timedelta(days=DAYS)
    plan = _shared(draw)
    stages = [{"id": name, "name": name, "type": "active", "milestone": is_a, "order": order}
              for order, (name, is_a) in enumerate(PLAN, start=1)]  # fmt: skip
    yield began, make(StagePlanPublished, plan_id=plan, version=1, stages=stages)
    members = [_shared(draw) for _ in range(40)]
    jobs: list[tuple[UUID, Iterator[UUID]]] = []
    for number in range(max(1, applications // PER_JOB)):
        job, requisition = _id(draw), _id(draw)
        own: dict[str, Any] = {"job_id": job, "requisition_id": requisition}
        yield began, make(
            JobOpened, **own, plan_id=plan, plan_version=1, department=f"Department {number % 12}",
            location=f"City {number % 7}", country="US",
        )  # fmt: skip
        for role in ("recruiter", "hiring_manager"):
            yield began, make(JobTeamChanged, **own, role=role, member=draw.choice(members), since=began)
        openings = [_id(draw) for _ in range(PER_JOB // 20)]
        for opening in openings:
            yield began, make(OpeningOpened, opening_id=opening, requisition_id=requisition, jobs=(job,))
        jobs.append((job, cycle(openings)))
    for _ in range(applications):
        yield from _one(draw, began, *draw.choice(jobs), members)


def _one(
    draw: random.Random, began: datetime, job: UUID, openings: Iterator[UUID], members: Sequence[UUID]
) -> Iterator[tuple[datetime, Event]]:
    at = began + timedelta(days=draw.random() * (DAYS - 60))
    person, application, reached = _id(draw), _id(draw), draw.random()
    own: dict[str, Any] = {"application_id": application, "person_id": person}
    touch: dict[str, Any] = {"touchpoint_id": _id(draw), "person_id": person}
    yield at - timedelta(days=9), make(TouchpointSent, **touch, source_type="sourced", tracked=True, channel="email")
    yield at - timedelta(days=8), make(TouchpointOpened, **touch, machine=False)
    yield at, make(ApplicationSubmitted, **own, job_id=job, stage="Applied", source=draw.choice(SOURCES))
    before = "Applied"
    for stage, share in (("Screen", SCREENED), ("Onsite", ONSITE), ("Offer", OFFERED)):
        if reached > share:
            break
        at += timedelta(days=draw.lognormvariate(1.2, 0.8))
        yield at, make(ApplicationAdvanced, **own, from_stage=before, to_stage=stage)
        before = stage
    interview: dict[str, Any] = {**own, "interview_id": _id(draw)}
    interviewer, ends = draw.choice(members), at + timedelta(hours=1)
    yield at, make(InterviewScheduled, **interview, version=1, job_id=job, panel=(interviewer,), start=at, end=ends)
    yield ends, make(InterviewCompleted, **interview, version=1)
    # Of a hundred scorecards one is never written.
    if draw.random() > 0.01:
        written = ends + timedelta(hours=48 * draw.random())
        yield written, make(ScorecardSubmitted, **interview, scorecard_id=_id(draw), interviewer=interviewer)
    at += timedelta(days=draw.lognormvariate(1.2, 0.8))
    if reached > OFFERED:
        yield at, make(ApplicationRejected, **own, stage=before, reason_type="we_rejected")
        return
    offer: dict[str, Any] = {**own, "offer_id": _id(draw), "job_id": job, "opening_id": next(openings), "version": 1}
    approval: dict[str, Any] = {"approval_id": _id(draw), "anchor_id": person}
    approver = draw.choice(members)
    groups = [{"n": 1, "members": [approver]}]
    yield (
        at - timedelta(days=1),
        make(ApprovalRequested, **approval, subject="offer", subject_id=offer["offer_id"], job_id=job, groups=groups),
    )
    voted = {"step": 1, "approver": approver, "decision": "approved"}
    yield at, make(ApprovalDecided, **approval, **voted)
    yield at, make(OfferExtended, **{name: value for name, value in offer.items() if name != "opening_id"})
    at += timedelta(days=3)
    if reached > ACCEPTED:
        yield at, make(OfferDeclined, **{name: value for name, value in offer.items() if name != "opening_id"})
    else:
        yield at, make(OfferAccepted, **offer)
    if reached <= ACCEPTED:
        yield at + timedelta(days=1), make(CandidateHired, **own, job_id=job, offer_id=offer["offer_id"])


async def fill(connection: asyncpg.Connection, applications: int, step: Callable[[], None] = lambda: None) -> int:
    """The facts table, as the log would have filled it, `step` by step. Returns how many facts it holds."""
    worlds = -(-applications // WORLD)
    rows = [_row(n, min(at, now()), event) for n, (at, event) in enumerate(hirings(applications // worlds), start=1)]
    await connection.copy_records_to_table("facts", columns=COLUMNS, records=rows)
    step()
    copy = COPY.format(columns=", ".join(RENAMED.get(name, f'"{name}"') for name in COLUMNS))
    for world in range(1, worlds):
        await connection.execute(copy, world, len(rows), timeout=600)
        step()
    await connection.execute("ANALYZE facts", timeout=600)
    await connection.execute(STAND.format(facts="facts", consumer=CONSUMER), timeout=600)
    return worlds * len(rows)


async def fill_told(connection: asyncpg.Connection, codec: Codec, step: Callable[[], None] = lambda: None) -> int:
    """What six of ten told of their race with an application, each sealed under a key of its own. Returns how many."""
    names = [column.name for column in TOLD_TABLE.columns if column.identity is None]
    draw, number = random.Random(2), 0  # noqa: S311
    submitted = await connection.fetch(SUBMITTED, timeout=600)
    for start in range(0, len(submitted), AT_ONCE):
        some = [row for row in submitted[start : start + AT_ONCE] if draw.random() < TOLD]
        events = [
            make(
                SelfIdentificationRecorded, person_id=row["person_id"], application_id=row["application_id"],
                category="race", value=draw.choices(*RACES)[0],
            )
            for row in some
        ]  # fmt: skip
        ids = [UUID(int=OTHERS + number + n) for n in range(len(some))]
        bodies = await codec.seal(list(zip(ids, events, strict=True)))
        rows = []
        for row, event_id, event, body in zip(some, ids, events, bodies, strict=True):
            number += 1
            values = {
                "event_id": event_id, "type": event.wire_type, "stream": stream_of(event), "version": 1,
                "position": number, "topic": event.stream.kafka_topic, "partition": number % 12, "offset": number,
                "occurred": row["occurred"], "recorded": row["occurred"], "known": row["known"],
                "precision": "instant", "actor": "member:1", "data": body, "schema_version": event.schema_version,
                "person_id": row["person_id"], "application_id": row["application_id"],
            }  # fmt: skip
            rows.append(tuple(values[name] for name in names))
        await connection.copy_records_to_table(TOLD_TABLE.name, columns=names, records=rows)
        step()
    await connection.execute(f"ANALYZE {TOLD_TABLE.name}", timeout=600)
    await connection.execute(STAND.format(facts=TOLD_TABLE.name, consumer=TOLD_CONSUMER))
    return number


def _row(number: int, at: datetime, event: Event) -> tuple[Any, ...]:
    data = impersonal(event)
    topic = event.stream.kafka_topic
    known = at + timedelta(milliseconds=30)
    values = {
        "event_id": UUID(int=number), "type": event.wire_type, "stream": stream_of(event),
        "version": 1, "position": number, "topic": topic, "partition": number % 12, "offset": number,
        "person_id": _uuid(data, "person_id"), "application_id": _uuid(data, "application_id"),
        "job_id": _uuid(data, "job_id"), "occurred": at, "recorded": at, "known": known, "precision": "instant",
        "actor": "member:1",
        "data": json.dumps(data),
    }  # fmt: skip
    return tuple(values[name] for name in COLUMNS)


def _uuid(data: dict[str, Any], name: str) -> UUID | None:
    found = data.get(name)
    return UUID(found) if isinstance(found, str) else found


def _shared(draw: random.Random) -> UUID:
    """The same in every copy."""
    return UUID(int=draw.getrandbits(112) | 1 << 124, version=4)


def _id(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(112), version=4)
