"""The keyring in its own small PostgreSQL database, each key wrapped by a numbered wrapping key."""

import os
from collections.abc import Collection, Mapping
from time import monotonic

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.kit.database import Database
from shared.kit.keyring.port import Destroyed, Key, KeyAbsent, KeyName

CACHE_SECONDS = 60.0
CACHE_KEYS = 50_000
NONCE = 12

ISSUE = """
INSERT INTO keys (subject, purpose, wrapped, wrapping)
SELECT subject, purpose, wrapped, $4 FROM unnest($1::text[], $2::text[], $3::bytea[]) AS t (subject, purpose, wrapped)
ORDER BY subject, purpose
ON CONFLICT (subject, purpose) WHERE destroyed IS NULL DO NOTHING
"""
LIVE = """
SELECT number, subject, purpose, wrapped, wrapping, destroyed FROM keys
JOIN unnest($1::text[], $2::text[]) AS t (subject, purpose) USING (subject, purpose) WHERE destroyed IS NULL
"""
BY_NUMBER = "SELECT number, subject, purpose, wrapped, wrapping, destroyed FROM keys WHERE number = ANY($1::bigint[])"
DESTROY = """
UPDATE keys SET wrapped = NULL, destroyed = clock_timestamp()
WHERE subject = $1 AND ($2::text IS NULL OR purpose = $2) AND destroyed IS NULL RETURNING number
"""


class PostgresKeyring:
    """`wrapping_keys` by number, 32 bytes each; the highest number wraps new keys."""

    def __init__(self, database: Database, wrapping_keys: Mapping[int, bytes]) -> None:
        if not wrapping_keys:
            raise ValueError("a keyring needs a wrapping key: set HIRELOG_WRAPPING_KEYS")
        self._database = database
        self._wrapping = {number: AESGCM(key) for number, key in wrapping_keys.items()}
        self._newest = max(wrapping_keys)
        self._cache: dict[int, tuple[float, Key | Destroyed]] = {}

    async def issue(self, names: Collection[KeyName]) -> Mapping[KeyName, Key]:
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        subjects, purposes = [n.subject for n in wanted], [n.purpose for n in wanted]
        async with self._database.connection() as connection:
            rows = await connection.fetch(LIVE, subjects, purposes)
            missing = set(wanted) - {KeyName(r["subject"], r["purpose"]) for r in rows}
            if missing:
                ordered = sorted(missing)
                fresh = [self._wrap(name, os.urandom(32)) for name in ordered]
                await connection.execute(
                    ISSUE, [n.subject for n in ordered], [n.purpose for n in ordered], fresh, self._newest
                )
                rows = await connection.fetch(LIVE, subjects, purposes)
        issued: dict[KeyName, Key] = {}
        for row in rows:
            key = self._remember(row)
            assert isinstance(key, Key)
            issued[KeyName(row["subject"], row["purpose"])] = key
        if len(issued) < len(wanted):
            raise KeyAbsent("a key was destroyed while it was being issued; try again")
        return issued

    async def keys(self, numbers: Collection[int]) -> Mapping[int, Key | Destroyed]:
        fresh_enough = monotonic() - CACHE_SECONDS
        found = {n: hit[1] for n in numbers if (hit := self._cache.get(n)) and hit[0] > fresh_enough}
        missing = set(numbers) - set(found)
        if missing:
            async with self._database.connection() as connection:
                for row in await connection.fetch(BY_NUMBER, list(missing)):
                    found[row["number"]] = self._remember(row)
        if len(found) < len(set(numbers)):
            raise KeyAbsent(f"the keyring has never heard of key {min(set(numbers) - set(found))}")
        return found

    async def destroy(self, subject: str, purpose: str | None = None) -> int:
        async with self._database.connection() as connection:
            rows = await connection.fetch(DESTROY, subject, purpose)
        for row in rows:
            self._cache.pop(row["number"], None)
        return len(rows)

    def _wrap(self, name: KeyName, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._wrapping[self._newest].encrypt(nonce, secret, "\x00".join(name).encode())

    def _remember(self, row: asyncpg.Record) -> Key | Destroyed:
        number: int = row["number"]
        known: Key | Destroyed
        if row["destroyed"] is not None:
            known = Destroyed(number, row["destroyed"])
        else:
            try:
                wrapping = self._wrapping[row["wrapping"]]
                name = f"{row['subject']}\x00{row['purpose']}".encode()
                known = Key(number, wrapping.decrypt(row["wrapped"][:NONCE], row["wrapped"][NONCE:], name))
            except (KeyError, InvalidTag):
                raise KeyAbsent(
                    f"key {number} is wrapped by wrapping key {row['wrapping']}, which HIRELOG_WRAPPING_KEYS lacks"
                ) from None
        if len(self._cache) >= CACHE_KEYS:
            self._cache.clear()
        self._cache[number] = (monotonic(), known)
        return known
