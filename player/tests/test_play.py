"""Playing: order, patience, Idempotency-Keys, going on after an interruption. The test plays the services."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from player.ledger import Ledger, read
from player.play import play
from player.requests import PlayError
from player.steps import Lane, Plan, Ref

END = datetime(2026, 6, 1, tzinfo=UTC)
URLS = {"ats": "http://ats.test", "crm": "http://crm.test"}
Answer = Callable[[httpx.Request], httpx.Response]


def a_plan() -> Plan:
    """One application that waits for a job of another lane."""
    job, application = Lane("job", END), Lane("application", END)
    opened = job.do("job.open", END - timedelta(days=2), "recruiter", title="Counsel")
    submitted = application.do("application.submit", END - timedelta(days=3), "recruiter", job_id=opened)
    application.do("application.advance", END - timedelta(days=1), "recruiter", submitted, to_stage="screen")
    application.look("offer.approval", None, "recruiter", Ref("application/application.submit"))
    return Plan(1, "small", END, (application, job))


class Service:
    """Keeps what it was sent; answers receipts, unless `first` has other answers to give first."""

    def __init__(self, *first: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self.first = list(first)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.first:
            answer = self.first.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if request.method == "GET":
            return httpx.Response(200, json={"id": str(uuid4()), "approval_id": str(uuid4())})
        return httpx.Response(201, json={"id": str(uuid4()), "version": 1})

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


async def played(service: Service, path: Path, patience_s: float = 5) -> None:
    with Ledger(path, 1, "small", END) as ledger:
        transport = httpx.MockTransport(service)
        await play(a_plan(), URLS, lambda subject, scope: f"{subject}/{scope}", ledger, patience_s=patience_s,
                   transport=transport)  # fmt: skip


def problem(status: int, slug: str) -> httpx.Response:
    said = {"type": f"urn:hirelog:problem:{slug}", "title": "No", "detail": "It is so", "next_step": "do otherwise"}
    return httpx.Response(status, json=said)


async def test_a_step_waits_for_what_it_names_and_names_it_by_its_id(tmp_path: Path) -> None:
    service = Service()
    await played(service, tmp_path / "ledger")
    job, application, *_ = entries = read(tmp_path / "ledger")
    assert [entry.what for entry in entries] == [
        "job.open", "application.submit", "application.advance", "offer.approval",
    ]  # fmt: skip
    assert json.loads(service.requests[1].content) == {"job_id": job.id}
    assert service.paths[2] == f"/v1/applications/{application.id}/advance"


async def test_a_step_says_when_it_happened_and_who_it_is(tmp_path: Path) -> None:
    service = Service()
    await played(service, tmp_path / "ledger")
    assert service.requests[0].url.params["occurred_at"] == (END - timedelta(days=2)).isoformat()
    assert service.requests[0].headers["Authorization"] == "Bearer recruiter/backdate"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"), httpx.ReadTimeout("too slow"), problem(503, "read-only"), problem(429, "busy"),
        problem(409, "conflict"), problem(409, "in-flight"), problem(409, "job-not-open"),
        problem(403, "unknown-member"), httpx.Response(502, text="no json"),
    ],
)  # fmt: skip
async def test_what_passes_is_tried_again_with_the_same_key(
    tmp_path: Path, trouble: httpx.Response | Exception
) -> None:
    service = Service(trouble)
    await played(service, tmp_path / "ledger")
    keys = Counter(request.headers["Idempotency-Key"] for request in service.requests if request.method == "POST")
    assert sorted(keys.values()) == [1, 1, 2]
    assert service.requests[0].content == service.requests[1].content
    assert len(read(tmp_path / "ledger")) == 4


async def test_what_was_refused_ends_the_play_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PlayError, match=r"job/job.open \(job.open\) was refused with 422 No: It is so; next step: do"):
        await played(Service(problem(422, "invalid")), tmp_path / "ledger")
    assert read(tmp_path / "ledger") == []


async def test_patience_ends_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PlayError, match=r"did not succeed within 0 s: 503 No: It is so"):
        await played(Service(*[problem(503, "read-only")] * 9), tmp_path / "ledger", patience_s=0)


async def test_an_interrupted_play_goes_on_with_the_same_keys_where_it_stood(tmp_path: Path) -> None:
    first, second = Service(), Service()
    first.first = [httpx.Response(201, json={"id": "job-id"}), problem(422, "invalid")]
    with pytest.raises(PlayError):
        await played(first, tmp_path / "ledger")
    await played(second, tmp_path / "ledger")
    assert "/v1/jobs" not in second.paths
    assert json.loads(second.requests[0].content) == {"job_id": "job-id"}
    assert second.requests[0].headers["Idempotency-Key"] == first.requests[1].headers["Idempotency-Key"]


async def test_a_history_that_was_played_is_not_played_again(tmp_path: Path) -> None:
    await played(Service(), tmp_path / "ledger")
    again = Service()
    await played(again, tmp_path / "ledger")
    assert again.requests == []


async def test_a_look_is_repeated_until_there_is_something_to_see(tmp_path: Path) -> None:
    plan = Plan(1, "small", END, (Lane("one", END),))
    plan.lanes[0].look("application.find", None, "recruiter", query={"person_id": "p"}, where={"job_id": "j"})
    other, mine = {"id": "a", "job_id": "other"}, {"id": "b", "job_id": "j"}
    service = Service(*[httpx.Response(200, json={"items": items}) for items in ([], [other], [other, mine])])
    with Ledger(tmp_path / "ledger", 1, "small", END) as ledger:
        transport = httpx.MockTransport(service)
        await asyncio.wait_for(play(plan, URLS, lambda *_: "token", ledger, transport=transport), 5)
    assert [entry.id for entry in read(tmp_path / "ledger")] == ["b"]
