"""The others' logs, for tests: sealed events with envelopes, taken by the notifier's projections as from Kafka."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.notifier.reactions.from_ats import from_ats
from services.notifier.reactions.from_reporting import from_reporting
from shared.events.ats.job import JobOpened, JobTeamChanged, TeamRole
from shared.events.ats.team_member import TeamMemberAdded
from shared.events.event import Event
from shared.events.personal import Clear
from shared.kit.context import now
from shared.kit.effects import Delivery
from shared.kit.progress import Progress
from shared.kit.store import EventStore
from shared.kit.testing.relayed import Relayed

CONSUMER = "notifier.ats"
BEGIN = "INSERT INTO positions (consumer, topic, partition, next_offset) VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING"


class Log:
    def __init__(self, store: EventStore) -> None:
        self.store = store
        self._projections = {"ats": from_ats(store.database), "reporting": from_reporting(store.database)}
        self._relayed = Relayed(store.codec)
        self._offsets = Counter[str]()
        self.held: list[Delivery] | None = None

    async def take(self, deliveries: Sequence[Delivery]) -> None:
        """As the service's consumer does: effects and position in one transaction."""
        [service] = {delivery.envelope.service for delivery in deliveries}
        consumer, topic, stood = f"notifier.{service}", f"{service}.events", self._offsets[service]
        async with self.store.database.connection() as connection:
            await connection.execute(BEGIN, consumer, topic)
        reached = stood + len(deliveries)
        await self._projections[service].apply(deliveries, Progress(consumer, topic, 0, stood, reached))
        self._offsets[service] = reached

    async def happened(self, of: UUID, *events: Event, ago: timedelta = timedelta()) -> list[Delivery]:
        """The next events of a stream, `ago` before they are recorded: taken at once, or put to what is held."""
        deliveries = await self._relayed.deliveries(of, events, now() - ago)
        if self.held is not None:
            self.held += deliveries
        else:
            await self.take(deliveries)
        return deliveries

    async def member(self, email: str | None, slack_id: str | None = None, roles: tuple[str, ...] = ()) -> UUID:
        of = uuid4()
        added = TeamMemberAdded(
            member_id=of, subject=f"u-{of}", roles=roles, name=Clear("Ada Example"), zone="Europe/Berlin",
            email=Clear(email) if email else None, slack_id=Clear(slack_id) if slack_id else None,
        )  # fmt: skip
        await self.happened(of, added)
        return of

    async def job(self, title: str = "Engineer", **team: UUID) -> UUID:
        """An open job with a hiring team, by role."""
        of = uuid4()
        opened = JobOpened(
            job_id=of, requisition_id=uuid4(), title=title, department="Engineering", location="Berlin",
            zone="Europe/Berlin", plan_id=uuid4(), plan_version=1,
        )  # fmt: skip
        await self.happened(of, opened)
        for role, member in team.items():
            await self.joined(of, role, member)
        return of

    async def joined(self, job: UUID, role: TeamRole | str, member: UUID, until: datetime | None = None) -> None:
        facts = {"job_id": job, "requisition_id": uuid4(), "role": role, "member": member}
        since = now() - timedelta(days=1)
        await self.happened(job, JobTeamChanged.model_validate({**facts, "since": since, "until": until}))
