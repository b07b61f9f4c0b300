"""Who sees which keys: the database itself keeps to it, whatever a service asks."""

import asyncpg
import pytest

from conftest import KeyringOf
from deploy.local.platform import Platform
from shared.kit.context import new_id
from shared.kit.keyring.port import Destroyed, KeyAbsent, KeyName

OTHERS = ["candidate", "prospect", "application-0192", "member", "confidential", "self-identification-2"]


def of_self_identification() -> KeyName:
    return KeyName(str(new_id()), "self-identification")


async def test_reporting_reads_a_key_of_self_identification_and_what_became_of_it(keyring_of: KeyringOf) -> None:
    name, ats = of_self_identification(), keyring_of("ats")
    key = (await ats.issue([name]))[name]
    assert (await keyring_of("reporting").keys([key.number]))[key.number] == key
    await ats.destroy(name.subject)
    assert isinstance((await keyring_of("reporting").keys([key.number]))[key.number], Destroyed)


@pytest.mark.parametrize("purpose", OTHERS)
async def test_a_key_for_anything_else_is_not_there_for_reporting(keyring_of: KeyringOf, purpose: str) -> None:
    name, own = KeyName(str(new_id()), purpose), of_self_identification()
    issued = await keyring_of("ats").issue([name, own])
    for numbers in ([issued[name].number], [issued[name].number, issued[own].number]):
        with pytest.raises(KeyAbsent):
            await keyring_of("reporting").keys(numbers)
    assert await keyring_of("crm").keys([issued[name].number])


async def test_reporting_makes_no_key_and_destroys_none(keyring_of: KeyringOf) -> None:
    name = of_self_identification()
    key = (await keyring_of("ats").issue([name]))[name]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await keyring_of("reporting").issue([of_self_identification()])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await keyring_of("reporting").destroy(name.subject)
    assert (await keyring_of("ats").keys([key.number]))[key.number] == key


async def test_a_user_whom_no_policy_names_sees_no_key(keyring_of: KeyringOf, platform: Platform) -> None:
    name = of_self_identification()
    await keyring_of("ats").issue([name])
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
