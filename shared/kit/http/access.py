"""What a caller may do: the token proves who, the service's own table of principals says which roles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from shared.kit.database import Database
from shared.kit.http.tokens import Tokens
from shared.kit.refusals import Unauthenticated, UnknownMember
from shared.kit.settings import Settings

ADMIN = "admin"
BACKDATE = "backdate"
# What the issuer may grant in a token; everything else comes from roles.
GRANTED_BY_ISSUER = frozenset({BACKDATE})
# Members come in any order: for a moment two may hold one subject, then the later member counts.
FIND = """
SELECT id, roles,
    CASE WHEN id IS NULL THEN (SELECT count(*) FROM principals WHERE active AND $2 = ANY(roles)) END AS admins
FROM (SELECT 1) one LEFT JOIN principals ON subject = $1 AND active ORDER BY id DESC LIMIT 1
"""
WRITE = """
INSERT INTO principals AS live (id, version, subject, roles, active)
VALUES ($1, $2, coalesce($3, ''), coalesce($4::text[], '{}'), coalesce($5, false))
ON CONFLICT (id) DO UPDATE SET version = $2, subject = coalesce($3, live.subject),
    roles = coalesce($4::text[], live.roles), active = coalesce($5, live.active) WHERE live.version < $2
"""


ACTIVE = "SELECT id FROM principals WHERE active AND id = ANY($1::uuid[])"


@dataclass(frozen=True)
class Caller:
    """Somebody with a valid token and an active role."""

    id: UUID
    subject: str
    roles: frozenset[str]
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        return f"member:{self.id}"

    def may(self, scope: str) -> bool:
        return scope in self.scopes


async def write_principal(
    connection: asyncpg.Connection,
    of: UUID,
    version: int,
    subject: str | None = None,
    roles: Sequence[str] | None = None,
    active: bool | None = None,
) -> None:
    """Takes over what an event says of a principal; None is unsaid. Does nothing if a later one was taken over."""
    await connection.execute(WRITE, of, version, subject, None if roles is None else list(roles), active)


async def active_members(database: Database, of: Collection[UUID]) -> set[UUID]:
    """Those of them."""
    async with database.connection() as connection:
        return {row["id"] for row in await connection.fetch(ACTIVE, list(of))}


class Access:
    """`scopes` maps a role to what it may do. `first_admin` is an admin only as long as there is no other."""

    def __init__(
        self, settings: Settings, tokens: Tokens, database: Database, scopes: Mapping[str, frozenset[str]]
    ) -> None:
        self._first_admin = settings.first_admin
        self._tokens, self._database, self._scopes = tokens, database, scopes

    async def caller(self, authorization: str | None) -> Caller:
        """Raises Unauthenticated, or UnknownMember for somebody without an active role."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("No bearer token came with the request")
        claims = await self._tokens.verify(token)
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, claims.subject, ADMIN)
        assert row is not None
        if row["id"] is not None:
            of, roles = row["id"], frozenset(row["roles"])
        elif claims.subject == self._first_admin and row["admins"] == 0:
            of, roles = uuid5(NAMESPACE_URL, f"urn:hirelog:first-admin:{claims.subject}"), frozenset({ADMIN})
        else:
            raise UnknownMember("This token's subject is no active member here")
        granted = frozenset[str]().union(*(self._scopes.get(role, frozenset()) for role in roles))
        return Caller(of, claims.subject, roles, granted | (claims.scopes & GRANTED_BY_ISSUER))
