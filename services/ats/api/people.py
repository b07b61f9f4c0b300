"""What is told of a person who applies, by themselves or through a recruiter."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.events.ats.candidate import CandidateCreated
from shared.events.personal import Clear, clear
from shared.kit.context import new_id
from shared.kit.digest import Digest
from shared.kit.http.body import Code, Line, OneLine

Name = Line
Address = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$"), OneLine,
    Field(examples=["sam@example.com"]),
]  # fmt: skip
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40), OneLine]
Link = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^https?://\S+$"), OneLine]
Source = Annotated[Code, Field(examples=["referral"])]


def told_of(digest: Digest, name: str, email: str | None, phone: str | None, links: Sequence[str]) -> CandidateCreated:
    """The candidate that this makes, if nobody is known by the address."""
    return CandidateCreated(
        person_id=new_id(), name=Clear(name), email=clear(email),
        email_digest=clear(email and digest.of_email(email)),
        phone=clear(phone), links=clear(tuple(links) or None),
    )  # fmt: skip
