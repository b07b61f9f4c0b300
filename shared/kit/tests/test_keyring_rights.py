"""Who sees which keys: the database itself keeps to it, whatever a service asks."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from deploy.local.platform import Platform
from shared.kit.context import new_id
from shared.kit.database import Database
from shared.kit.keyring.port import Destroyed, KeyAbsent, KeyName
from shared.kit.keyring.postgres import PostgresKeyring

WRAPPING = {1: bytes(range(32))}
OTHERS = ["candidate", "prospect", "application-0192", "member", "confidential", "self-identification-2"]

As = Callable[[str], PostgresKeyring]


@pytest.fixture
async def seen_by(platform: Platform) -> AsyncIterator[As]:
    """The keyring as a service sees it, without anything in its cache."""
    opened: list[Database] = []

    def seen_by(service: str) -> PostgresKeyring:
        opened.append(Database(platform.database_url("keyring", service), pool=1))
        return PostgresKeyring(opened[-1], WRAPPING)

    yield seen_by
    for database in opened:
        await database.close()


def of_self_identification() -> KeyName:
    return KeyName(str(new_id()), "self-identification")


async def test_reporting_reads_a_key_of_self_identification_and_what_became_of_it(seen_by: As) -> None:
    name, ats = of_self_identification(), seen_by("ats")
    key = (await ats.issue([name]))[name]
    assert (await seen_by("reporting").keys([key.number]))[key.number] == key
    await ats.destroy(name.subject)
    assert isinstance((await seen_by("reporting").keys([key.number]))[key.number], Destroyed)


@pytest.mark.parametrize("purpose", OTHERS)
async def test_a_key_for_anything_else_is_not_there_for_reporting(seen_by: As, purpose: str) -> None:
    name, own = KeyName(str(new_id()), purpose), of_self_identification()
    issued = await seen_by("ats").issue([name, own])
    for numbers in ([issued[name].number], [issued[name].number, issued[own].number]):
        with pytest.raises(KeyAbsent):
            await seen_by("reporting").keys(numbers)
    assert await seen_by("crm").keys([issued[name].number])


async def test_reporting_makes_no_key_and_destroys_none(seen_by: As) -> None:
    name = of_self_identification()
    key = (await seen_by("ats").issue([name]))[name]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen_by("reporting").issue([of_self_identification()])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await seen_by("reporting").destroy(name.subject)
    assert (await seen_by("ats").keys([key.number]))[key.number] == key


async def test_a_user_whom_no_policy_names_sees_no_key(seen_by: As, platform: Platform) -> None:
    name = of_self_identification()
    await seen_by("ats").issue([name])
    admin = await asyncpg.connect(platform.admin_database_url("keyring"))
    try:
        async with admin.transaction():
            await admin.execute("CREATE ROLE newcomer")
            await admin.execute("GRANT SELECT ON keys TO newcomer")
            await admin.execute("SET LOCAL ROLE newcomer")
            assert await admin.fetchval("SELECT count(*) FROM keys") == 0
            await admin.execute("RESET ROLE")
            await admin.execute("DROP OWNED BY newcomer")
            await admin.execute("DROP ROLE newcomer")
    finally:
        await admin.close()
