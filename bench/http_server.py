"""ATS with the same route in parts beside the whole: `python -m bench.http_server all` is the service with them."""

from typing import Any

from fastapi import APIRouter

from services.ats.api.stage_plans import NewPlan
from services.ats.main import MIGRATIONS, wire
from shared.kit.context import new_id
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.process import main
from shared.kit.settings import Settings
from shared.kit.wiring import Wired

router = APIRouter(prefix="/parts", include_in_schema=False)


@router.post("/routed", status_code=201)
async def routed() -> Receipt:
    """Found and answered."""
    return Receipt(id=new_id(), version=1)


@router.post("/validated", status_code=201)
async def validated(body: NewPlan) -> Receipt:
    """And its body read: the route without token and store."""
    return Receipt(id=new_id(), version=1)


@router.post("/authorized", status_code=201)
async def authorized(body: NewPlan, write: Write = writes("plans:write")) -> Receipt:
    """And its caller known and allowed to; the route itself is what also stores."""
    return Receipt(id=new_id(), version=1)


def wired(settings: Settings, **more: Any) -> Wired:
    made = wire(settings, **more)
    made.app.include_router(router)
    return made


if __name__ == "__main__":
    main("ats", MIGRATIONS, wired)
