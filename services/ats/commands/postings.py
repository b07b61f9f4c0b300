"""Commands on postings."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from services.ats.domain import posting
from services.ats.domain.job import JOB
from services.ats.domain.posting import POSTING
from shared.events.ats.posting import PostingPublished
from shared.kit.unit import Unit


async def publish_posting(unit: Unit, posting_id: UUID, job_id: UUID, shown: Mapping[str, Any]) -> None:
    job = await unit.require(JOB, job_id)
    job.require_open()
    said = {"internal": job.terms.internal, **shown}
    facts = PostingPublished(posting_id=posting_id, job_id=job_id, requisition_id=job.requisition_id, **said)
    await unit.start(POSTING, posting_id, posting.publish(facts))


async def unpublish_posting(unit: Unit, posting_id: UUID, cause: Literal["by_hand", "job_closed"]) -> None:
    await unit.update(POSTING, posting_id, lambda state: posting.unpublish(state, cause))
