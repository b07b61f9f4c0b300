"""Planned misbehaviour: the next n calls of a place fail as told."""

import re
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

# Nobody waits longer than this for an answer that will never come.
SILENCE_S = 120.0

SLACK_FAILURE = re.compile(r"429|500|503|timeout|drop|ok:false:[a-z_]+")
SMTP_FAILURE = re.compile(r"[45]\d\d|timeout|drop")


class Fault(BaseModel):
    """`where`: slack.<method>, smtp (the answer to DATA) or smtp.rcpt. `timeout`: nothing happens and nobody answers.

    `drop`: the effect happens, then the connection closes without an answer.
    """

    model_config = ConfigDict(extra="forbid")

    where: str = Field(pattern=r"^(slack\.[A-Za-z]+(\.[A-Za-z]+)+|smtp|smtp\.rcpt)$")
    next: int = Field(default=1, ge=1, le=1_000_000)
    fail: str
    retry_after: int = Field(default=1, ge=0, le=3600, description="seconds, for 429")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        allowed = SLACK_FAILURE if self.where.startswith("slack.") else SMTP_FAILURE
        if not allowed.fullmatch(self.fail):
            raise ValueError(f"{self.where} cannot fail with {self.fail!r}; say one of {allowed.pattern}")
        return self


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def take(self, where: str) -> Fault | None:
        """The oldest fault planned for this place, one time fewer; None when it should work."""
        fault = next((fault for fault in self.planned if fault.where == where), None)
        if fault is None:
            return None
        fault.next -= 1
        if fault.next == 0:
            self.planned.remove(fault)
        return fault


def routes(faults: Faults) -> APIRouter:
    router = APIRouter(prefix="/faults")

    @router.post("", status_code=201)
    async def plan(fault: Fault) -> list[Fault]:
        faults.planned.append(fault)
        return faults.planned

    @router.get("")
    async def show() -> list[Fault]:
        return faults.planned

    @router.delete("", status_code=204)
    async def forget() -> None:
        faults.planned.clear()

    return router
