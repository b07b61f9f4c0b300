"""The processes around the platform: started, awaited, killed, started again."""

import json
import socket
import urllib.request
from collections.abc import Iterator

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local.__main__ import token
from deploy.local.errors import PlatformError
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import Services, answers


def test_a_failed_migration_shows_the_end_of_its_log(platform: Platform) -> None:
    broken = Services(platform, ["ats"], settings={"HIRELOG_DATABASE_URL": "postgresql://ats@127.0.0.1:1/ats"})
    with pytest.raises(PlatformError, match=r"(?s)ats ended with exit code 1: read its log .*ends with\n.+"):
        broken.__enter__()
    assert not any(child.running for child in broken.running.values())


def test_a_process_that_ends_while_starting_shows_the_end_of_its_log(platform: Platform) -> None:
    blocked = Services(platform, [])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", platform.ports["outside"]))
        with pytest.raises(PlatformError, match=r"(?s)outside ended while starting: read its log .* cannot be had"):
            blocked.__enter__()


@pytest.fixture(scope="module")
def services(platform: Platform) -> Iterator[Services]:
    with Services(platform, []) as running:
        yield running


def test_the_outside_world_answers_and_its_address_is_published(platform: Platform, services: Services) -> None:
    published = json.loads((platform.directory / "state.json").read_text())
    assert published["services"]["outside"]["url"] == services.url("outside")
    assert answers(f"{services.url('outside')}/healthz")


def test_a_token_of_the_command_line_is_verified_by_the_issuers_keys(platform: Platform, services: Services) -> None:
    with urllib.request.urlopen(f"{platform.issuer}/jwks.json") as keys:
        known = KeySet.import_key_set(json.load(keys))
    claims = jwt.decode(token(platform.directory, "admin", "backdate"), known, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["sub"], claims["scope"]) == (platform.issuer, "admin", "backdate")


def test_a_killed_process_comes_back_at_its_address(services: Services) -> None:
    url = f"{services.url('outside')}/healthz"
    services.kill("outside")
    assert not answers(url)
    services.restart("outside")
    assert answers(url)


def test_the_live_view_is_started_again_when_it_has_ended_and_not_too_often(services: Services) -> None:
    services.live = services.child("outside", ["this"], {})
    try:
        services.live.start()
        services.live.ended()
        first = services.live.pid
        services.mend()
        assert (second := services.live.pid) != first
        services.live.ended()
        services.mend()
        assert services.live.pid == second
    finally:
        services.live = None


def test_the_key_of_digests_is_given_to_those_alone_who_recognise_people(platform: Platform) -> None:
    given = [name for name in SERVICES if "HIRELOG_DIGEST_KEY" in platform.service_environment(name)]
    assert given == ["ats", "crm"]
