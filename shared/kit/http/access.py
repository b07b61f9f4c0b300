"""What a caller may do: the token proves who, the service's own table of principals says which roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from shared.kit.database import Database
from shared.kit.http.tokens import Tokens
from shared.kit.refusals import Forbidden, Unauthenticated
from shared.kit.settings import Settings

ADMIN = "admin"
BACKDATE = "backdate"
# What the issuer may grant in a token; everything else comes from roles.
GRANTED_BY_ISSUER = frozenset({BACKDATE})
FIND = """
SELECT id, roles, (SELECT count(*) FROM principals WHERE active AND $2 = ANY(roles)) AS admins
FROM (SELECT 1) one LEFT JOIN principals ON subject = $1 AND active
"""
WRITE = """
INSERT INTO principals AS live (subject, id, roles, active, version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, roles = excluded.roles, active = excluded.active,
    version = excluded.version WHERE live.version < excluded.version
"""


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
    connection: asyncpg.Connection, subject: str, of: UUID, roles: list[str], active: bool, version: int
) -> None:
    """Takes over what an event said of a principal, unless a later one was taken over already."""
    await connection.execute(WRITE, subject, of, roles, active, version)


class Access:
    """`scopes` maps a role to what it may do. `first_admin` is an admin only as long as there is no other."""

    def __init__(
        self, settings: Settings, tokens: Tokens, database: Database, scopes: Mapping[str, frozenset[str]]
    ) -> None:
        self._first_admin = settings.first_admin
        self._tokens, self._database, self._scopes = tokens, database, scopes

    async def caller(self, authorization: str | None) -> Caller:
        """Raises Unauthenticated, or Forbidden for somebody without an active role."""
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
            raise Forbidden("This token's subject is no active member here", slug_hint="unknown-member")
        granted = frozenset[str]().union(*(self._scopes.get(role, frozenset()) for role in roles))
        return Caller(of, claims.subject, roles, granted | (claims.scopes & GRANTED_BY_ISSUER))
