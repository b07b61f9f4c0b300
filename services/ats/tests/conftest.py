"""The ATS's API on a fresh PostgreSQL database, with members in each role."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.ats.main import wire
from services.ats.tests.hiring import Hiring, open_job, published
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

MEMBERS = {
    "recruiter": ["recruiter"],
    "manager": ["hiring_manager"],
    "finance": ["approver"],
    "head": ["approver"],
    "interviewer": ["interviewer"],
}


@pytest.fixture
async def ats(make_settings: Callable[[str], Awaitable[Settings]], issuer: Issuer) -> AsyncIterator[Wired]:
    wired = wire(await make_settings("ats"), issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()


@pytest.fixture
def anybody(ats: Wired, issuer: Issuer) -> Api:
    """Without a token."""
    return Api(ats.app, issuer, subject="")


@pytest.fixture
def admin(ats: Wired, issuer: Issuer) -> Api:
    return Api(ats.app, issuer)


@pytest.fixture
async def members(admin: Api) -> dict[str, str]:
    """Member id by subject, one for each of MEMBERS and an admin."""
    added = {"admin": (await admin.post("/team-members", _member("admin", ["admin"])))["id"]}
    for subject, roles in MEMBERS.items():
        added[subject] = (await admin.post("/team-members", _member(subject, roles)))["id"]
    return added


@pytest.fixture
async def recruiter(admin: Api, members: dict[str, str]) -> Api:
    return admin.as_("recruiter", scope="backdate")


@pytest.fixture
async def job(recruiter: Api, members: dict[str, str]) -> dict[str, Any]:
    return await open_job(recruiter, members)


@pytest.fixture
async def posting(recruiter: Api, job: dict[str, Any]) -> str:
    return await published(recruiter, job)


@pytest.fixture
async def hiring(ats: Wired, admin: Api, members: dict[str, str]) -> Hiring:
    """A job with one seat."""
    return await Hiring.start(ats, admin, members)


def _member(subject: str, roles: list[str]) -> dict[str, object]:
    return {"subject": subject, "roles": roles, "name": subject.title(), "email": f"{subject}@example.com"}
