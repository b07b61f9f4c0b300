"""Who took a seat: acceptances of offers on an opening that had it to give (rules X1)."""

from collections.abc import Sequence
from uuid import UUID

from tests.oracle.acceptances import Acceptance
from tests.oracle.pasts import Past


def acceptances_of(seen: Past, opening: UUID) -> Sequence[Acceptance]:
    """In order, also those that were undone."""
    return sorted(
        (
            acceptance
            for application in seen.applications
            for acceptance in application.acceptances
            if acceptance.offer.opening_id == opening and not acceptance.without_seat
        ),
        key=lambda acceptance: seen.world.index(acceptance.happened),
    )
