"""`python -m services.reporting migrate | rebuild | api | relay | consume | all | live`."""

from services.reporting.main import MIGRATIONS, wire
from services.reporting.settings import ReportingSettings
from shared.kit.process import main
from shared.kit.settings import Settings


async def live(settings: Settings) -> int:
    # faust is imported by the process that is it, and by no other.
    from services.reporting.live.process import run  # noqa: PLC0415

    return await run(settings)


main("reporting", MIGRATIONS, wire, ReportingSettings, beside={"live": live})
