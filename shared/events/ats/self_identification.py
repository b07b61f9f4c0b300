"""self-identification: what a person told, for the statistics that the law asks for, and only if they wished to."""

from typing import Literal
from uuid import UUID

from shared.events.event import Event, Stream
from shared.events.personal import OfSelfIdentification, Personal

STREAM = Stream(service="ats", category="self-identification", key="person_id", topic="ats.self-identification")

Category = Literal["race", "sex", "disability", "veteran"]
"""Race as in 29 CFR 1607.4(B): races and ethnic groups in one."""


@STREAM.event("recorded")
class SelfIdentificationRecorded(Event):
    """Of stream self-identification-{person_id}. `value` is None where the person would rather not say; the last
    word about a category and application holds. `form_version` tells which values could be chosen from.
    """

    person_id: UUID
    application_id: UUID
    category: Category
    value: Personal[str | None, OfSelfIdentification]
    form_version: str
