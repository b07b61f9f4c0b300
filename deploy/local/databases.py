"""Applies deploy/databases.toml: roles, databases, and who may connect to which."""

import tomllib
from typing import TypedDict

from deploy.local.postgres import Postgres
from deploy.local.state import ROOT

LISTING = ROOT / "deploy" / "databases.toml"


class Database(TypedDict):
    owner: str
    connect: list[str]


def listed() -> dict[str, Database]:
    databases: dict[str, Database] = tomllib.loads(LISTING.read_text())
    return databases


def roles() -> set[str]:
    return {role for database in listed().values() for role in (database["owner"], *database["connect"])}


def apply(postgres: Postgres) -> None:
    """Bring the server to what is listed; what it has already stays as it is."""
    statements = [role_exists(role, postgres.secrets["postgres"][role]) for role in sorted(roles())]
    statements += [f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;' for name in ("postgres", "template1")]
    for name, database in listed().items():
        statements += database_exists(name, database)
    postgres.execute("\n".join(statements))


def role_exists(role: str, password: str) -> str:
    return (
        f"SELECT 'CREATE ROLE \"{role}\" LOGIN PASSWORD ''{password}''' "  # noqa: S608  no stranger's input
        f"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec"
    )


def database_exists(name: str, database: Database) -> list[str]:
    owner, connect = database["owner"], set(database["connect"])
    strangers = sorted(roles() - connect - {owner})
    refused = ", ".join(["PUBLIC", *(f'"{name}"' for name in strangers)])
    return [
        f'SELECT \'CREATE DATABASE "{name}" OWNER "{owner}" STRATEGY file_copy\' '  # noqa: S608  no stranger's input
        f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec",
        f'REVOKE ALL ON DATABASE "{name}" FROM {refused};',
        *([f'GRANT CONNECT ON DATABASE "{name}" TO {quoted(sorted(connect))};'] if connect else []),
    ]


def quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
