"""What a service process is told by its environment (prefix HIRELOG_)."""

import base64
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.kit.failpoints import checked


def _from_base64(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Key = Annotated[bytes, BeforeValidator(_from_base64), Field(min_length=32, max_length=32)]


class Settings(BaseSettings):
    """Keys are 32 bytes in base64; URLs of databases are postgresql://role:password@host:port/name."""

    model_config = SettingsConfigDict(env_prefix="HIRELOG_", hide_input_in_errors=True)

    mode: Literal["development", "production"] = "development"
    database_url: SecretStr
    database_pool: int = 10
    keyring_url: SecretStr | None = None
    wrapping_keys: dict[int, Key] = Field(default={}, repr=False)
    digest_key: Key | None = None

    kafka: str
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    # After so long without a sign of life a member's partitions are given to others.
    kafka_session_ms: int = Field(10_000, ge=1_000)

    issuer: str
    audience: str = "hirelog"
    jwks_url: str
    development_issuer: str | None = None
    first_admin: str | None = None

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    max_body_bytes: int = 1_000_000
    # For tests only: name to action.
    failpoints: Annotated[dict[str, str], AfterValidator(checked)] = {}

    @model_validator(mode="after")
    def _no_development_issuer_in_production(self) -> "Settings":
        if self.mode == "production" and self.issuer == self.development_issuer:
            raise ValueError("production mode refuses the development issuer: set HIRELOG_ISSUER to your own")
        return self

    @model_validator(mode="after")
    def _no_failpoints_in_production(self) -> "Settings":
        if self.mode == "production" and self.failpoints:
            raise ValueError("production mode refuses failpoints: unset HIRELOG_FAILPOINTS")
        return self
