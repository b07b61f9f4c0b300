"""Who may do what: the roles that the newest event gave, the little that a token adds, an admin to begin with."""

from uuid import UUID, uuid4

import pytest

from shared.kit.database import Database
from shared.kit.http.access import ADMIN, BACKDATE, Access, write_principal
from shared.kit.http.tokens import Tokens
from shared.kit.refusals import Unauthenticated, UnknownMember
from shared.kit.settings import Settings
from shared.kit.testing.issuer import AUDIENCE, URL, Issuer

SCOPES = {ADMIN: frozenset({"everything"}), "reader": frozenset({"read"}), "writer": frozenset({"read", "write"})}


@pytest.fixture
def access(database: Database, issuer: Issuer) -> Access:
    settings = Settings.model_validate(
        {
            "database_url": "postgresql://x", "kafka": "x", "issuer": URL, "audience": AUDIENCE,
            "jwks_url": f"{URL}/jwks", "first_admin": "founder",
        }
    )  # fmt: skip
    return Access(settings, Tokens(settings, issuer.client()), database, SCOPES)


async def write(database: Database, of: UUID, version: int, subject: str, *roles: str, active: bool = True) -> None:
    async with database.connection() as connection:
        await write_principal(connection, of, version, subject, roles, active)


async def test_a_caller_may_do_what_any_of_their_roles_may(access: Access, database: Database, issuer: Issuer) -> None:
    of = uuid4()
    await write(database, of, 1, "ada", "reader", "writer", "of-no-meaning-here")
    caller = await access.caller(f"Bearer {issuer.token('ada')}")
    assert (caller.id, caller.actor, caller.subject) == (of, f"member:{of}", "ada")
    assert caller.scopes == {"read", "write"}
    assert (caller.may("write"), caller.may("everything")) == (True, False)


async def test_what_an_older_event_says_changes_nothing(access: Access, database: Database, issuer: Issuer) -> None:
    of = uuid4()
    await write(database, of, 1, "ada", "writer")
    await write(database, of, 3, "ada", "reader")
    await write(database, of, 2, "ada", "writer", ADMIN)
    await write(database, of, 3, "ada", ADMIN)
    assert (await access.caller(f"Bearer {issuer.token('ada')}")).roles == {"reader"}


async def test_what_an_event_does_not_say_stays(access: Access, database: Database, issuer: Issuer) -> None:
    of = uuid4()
    await write(database, of, 1, "ada", "writer")
    async with database.connection() as connection:
        await write_principal(connection, of, 2, subject="countess")
    assert (await access.caller(f"Bearer {issuer.token('countess')}")).roles == {"writer"}


async def test_a_token_adds_only_what_the_issuer_may_grant(access: Access, database: Database, issuer: Issuer) -> None:
    await write(database, uuid4(), 1, "ada", "reader")
    caller = await access.caller(f"Bearer {issuer.token('ada', f'write everything {BACKDATE}')}")
    assert caller.scopes == {"read", BACKDATE}


async def test_nobody_and_who_is_no_active_member_are_turned_away(
    access: Access, database: Database, issuer: Issuer
) -> None:
    await write(database, uuid4(), 1, "gone", "writer", active=False)
    for subject in ("gone", "stranger"):
        with pytest.raises(UnknownMember):
            await access.caller(f"Bearer {issuer.token(subject)}")
    for header in (None, "", "Bearer", "Bearer ", f"Basic {issuer.token('gone')}", issuer.token("gone")):
        with pytest.raises(Unauthenticated):
            await access.caller(header)


async def test_the_first_admin_is_one_until_there_is_another(
    access: Access, database: Database, issuer: Issuer
) -> None:
    token, other = f"bearer {issuer.token('founder')}", uuid4()
    await write(database, uuid4(), 1, "ada", "reader")
    await write(database, other, 1, "grace", ADMIN, active=False)
    first = await access.caller(token)
    assert first.may("everything")
    assert first.id == (await access.caller(token)).id
    await write(database, other, 2, "grace", ADMIN)
    with pytest.raises(UnknownMember):
        await access.caller(token)
    await write(database, uuid4(), 1, "founder", "reader")
    assert (await access.caller(token)).roles == {"reader"}


async def test_of_two_members_with_one_subject_the_later_counts(
    access: Access, database: Database, issuer: Issuer
) -> None:
    earlier, later = sorted((uuid4(), uuid4()))
    await write(database, later, 1, "ada", "writer")
    await write(database, earlier, 1, "ada", "reader")
    assert (await access.caller(f"Bearer {issuer.token('ada')}")).id == later
