"""A play in the background, so that the test can kill what it plays on."""

from pathlib import Path

from deploy.local.outside.issuer import mint
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import Services
from player.ledger import Ledger
from player.play import play
from player.steps import Plan, Step
from tests.resilience.background import Background


class Playing(Background):
    """Plays a plan in a thread of its own; ends with the block, raising what went wrong in it."""

    def __init__(self, plan: Plan, path: Path, platform: Platform, services: Services) -> None:
        super().__init__(self._play)
        self.plan, self.path, self.platform, self.services = plan, path, platform, services
        self.steps = sum(1 for _ in plan.steps())
        self.played = 0
        self.today = False

    def token(self, subject: str, scope: str = "") -> str:
        return mint(self.platform.directory, self.platform.issuer, subject, scope)

    def until(self, share: float) -> None:
        """Until this share was played, or, for 1, until today has begun. Raises what went wrong in the play."""
        self.await_(lambda: self.today if share == 1 else self.played >= share * self.steps, f"{share:.0%} of the play")

    async def _play(self) -> None:
        urls = {name: self.services.url(name) for name in SERVICES}
        with Ledger(self.path, self.plan.seed, self.plan.size, self.plan.end) as ledger:
            await play(self.plan, urls, self.token, ledger, self._tell)

    def _tell(self, step: Step) -> None:
        self.played += 1
        self.today = self.today or step.at is None
