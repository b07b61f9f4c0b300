"""Touches that may have led to an application: messages sent, answers, calls and meetings (rules D9)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from tests.oracle.applications import Application
from tests.oracle.pasts import Past

WINDOW = timedelta(days=365)


def touches_before(seen: Past, application: Application, submission: datetime) -> Sequence[tuple[datetime, str | None]]:
    """Moment and source type of each touch in the window, which begins anew when another application had ended."""
    ends = [
        end
        for other in seen.applications
        if other is not application and other.person == application.person
        for end in other.ends
        if end <= submission
    ]
    begin = max([submission - WINDOW, *ends])
    return [
        (happened.occurred, happened.event.source_type)
        for happened in seen.world
        if isinstance(happened.event, TouchpointSent | TouchpointLogged | TouchpointReplied)
        and happened.event.person_id in application.person
        and begin <= happened.occurred <= submission
    ]
