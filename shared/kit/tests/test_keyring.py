"""What every keyring must do, whoever keeps the keys."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from _pytest.fixtures import SubRequest

from deploy.local.platform import Platform
from shared.kit.context import new_id
from shared.kit.database import Database
from shared.kit.keyring import postgres
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.keyring.port import Destroyed, Key, KeyAbsent, KeyName, Keyring
from shared.kit.keyring.postgres import PostgresKeyring

WRAPPING = {1: bytes(range(32))}


@pytest.fixture(params=["memory", "postgres"])
async def keyring(request: SubRequest) -> AsyncIterator[Keyring]:
    if request.param == "memory":
        yield MemoryKeyring()
        return
    platform: Platform = request.getfixturevalue("platform")
    database = Database(platform.database_url("keyring", "ats"))
    yield PostgresKeyring(database, WRAPPING)
    await database.close()


def name(purpose: str = "candidate", subject: str | None = None) -> KeyName:
    return KeyName(subject or str(new_id()), purpose)


async def test_issuing_again_gives_the_same_key(keyring: Keyring) -> None:
    wanted = name()
    first, again = await keyring.issue([wanted]), await keyring.issue([wanted, wanted])
    assert first[wanted].secret == again[wanted].secret
    assert len(first[wanted].secret) == 32


async def test_who_issue_a_key_at_the_same_moment_get_the_same_one(platform: Platform) -> None:
    database, other = (Database(platform.database_url("keyring", "ats")) for _ in range(2))
    for _ in range(10):
        wanted = name()
        rings = [PostgresKeyring(url, WRAPPING) for url in (database, other) for _ in range(3)]
        issued = await asyncio.gather(*(ring.issue([wanted]) for ring in rings))
        assert len({one[wanted] for one in issued}) == 1
    await database.close()
    await other.close()


async def test_each_purpose_has_a_key_of_its_own(keyring: Keyring) -> None:
    subject = str(new_id())
    one, two = name("candidate", subject), name("prospect", subject)
    issued = await keyring.issue([one, two])
    assert issued[one].number != issued[two].number
    assert issued[one].secret != issued[two].secret


async def test_a_key_is_found_by_its_number(keyring: Keyring) -> None:
    wanted = name()
    key = (await keyring.issue([wanted]))[wanted]
    assert (await keyring.keys([key.number]))[key.number] == key


async def test_a_number_that_was_never_issued_is_a_fault_and_not_an_erasure(keyring: Keyring) -> None:
    with pytest.raises(KeyAbsent):
        await keyring.keys([2**40])


async def test_destroying_leaves_a_dated_stub_and_spares_other_purposes(keyring: Keyring) -> None:
    subject = str(new_id())
    gone, kept = name("candidate", subject), name("prospect", subject)
    issued = await keyring.issue([gone, kept])
    assert await keyring.destroy(subject, "candidate") == 1
    found = await keyring.keys([issued[gone].number, issued[kept].number])
    assert isinstance(found[issued[gone].number], Destroyed)
    assert isinstance(found[issued[kept].number], Key)
    assert await keyring.destroy(subject, "candidate") == 0


async def test_somebody_who_comes_back_gets_a_new_key(keyring: Keyring) -> None:
    wanted = name()
    old = (await keyring.issue([wanted]))[wanted]
    await keyring.destroy(wanted.subject)
    new = (await keyring.issue([wanted]))[wanted]
    assert new.number != old.number
    assert isinstance((await keyring.keys([old.number]))[old.number], Destroyed)


async def test_a_keyring_without_its_wrapping_key_says_which_one_is_missing(platform: Platform) -> None:
    database = Database(platform.database_url("keyring", "ats"))
    wanted = name()
    await PostgresKeyring(database, WRAPPING).issue([wanted])
    with pytest.raises(KeyAbsent, match="wrapping key 1"):
        await PostgresKeyring(database, {2: bytes(32)}).issue([wanted])
    await database.close()


async def test_what_another_process_destroyed_is_noticed_within_a_minute_however_often_it_is_read(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, wanted, clock = Database(platform.database_url("keyring", "ats")), name(), [1_000.0]
    monkeypatch.setattr(postgres, "monotonic", lambda: clock[0])
    reading, other = PostgresKeyring(database, WRAPPING), PostgresKeyring(database, WRAPPING)
    key = (await reading.issue([wanted]))[wanted]
    await other.destroy(wanted.subject)
    found = []
    for _ in range(3):
        clock[0] += postgres.CACHE_SECONDS * 0.4
        found.append(isinstance((await reading.keys([key.number]))[key.number], Destroyed))
    assert found == [False, False, True]
    await database.close()


async def test_no_secret_stands_in_the_database(platform: Platform) -> None:
    database = Database(platform.database_url("keyring", "ats"))
    wanted = name()
    key = (await PostgresKeyring(database, WRAPPING).issue([wanted]))[wanted]
    async with database.connection() as connection:
        wrapped = await connection.fetchval("SELECT wrapped FROM keys WHERE number = $1", key.number)
    assert key.secret not in bytes(wrapped)
    await database.close()
