"""Applies deploy/kafka: topics, users and what each user may do."""

import logging
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from deploy.local.errors import PlatformError
from deploy.local.state import ROOT

LISTINGS = ROOT / "deploy" / "kafka"
ANSWER_S = 30
LITERAL, PREFIXED = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED


def listed(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((LISTINGS / f"{name}.toml").read_text())


def users() -> set[str]:
    return set(listed("users"))


def apply(bootstrap: str, passwords: dict[str, str]) -> None:
    """Bring Kafka to what is listed. Raises PlatformError when a topic differs, for that cannot be undone silently."""
    admin = AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "admin",
            "sasl.password": passwords["admin"],
        },
        logger=logging.getLogger("hirelog.local.kafka"),
    )
    try:
        apply_users(admin, passwords)
        apply_topics(admin)
        apply_rights(admin)
    except KafkaException as error:
        raise PlatformError(
            f"Kafka refused the set-up of its topics and users ({error.args[0].str()}): if secrets.json was removed, "
            "remove the whole state directory and start again."
        ) from error


def converge(what: str, reached: Callable[[], bool]) -> None:
    """Kafka answers when the change is in its log; the broker acts on it a moment later."""
    deadline = time.monotonic() + ANSWER_S
    while not reached():
        if time.monotonic() > deadline:
            raise PlatformError(f"Kafka took {what} but did not act on it within {ANSWER_S} s: start again.")
        time.sleep(0.02)


def apply_users(admin: AdminClient, passwords: dict[str, str]) -> None:
    known = known_users(admin)
    strength = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    new: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, strength, passwords[user].encode()) for user in sorted(users() - known)
    ]
    if new:
        for future in admin.alter_user_scram_credentials(new, request_timeout=ANSWER_S).values():
            future.result(ANSWER_S)
        converge("new users", lambda: users() <= known_users(admin))


def known_users(admin: AdminClient) -> set[str]:
    asked = admin.describe_user_scram_credentials(request_timeout=ANSWER_S)
    assert isinstance(asked, Future)
    return set(asked.result(ANSWER_S))


def apply_topics(admin: AdminClient) -> None:
    topics = listed("topics")
    found = admin.list_topics(timeout=ANSWER_S).topics
    new = [
        NewTopic(name, topic["partitions"], 1, config=topic["config"])
        for name, topic in topics.items()
        if name not in found
    ]
    if new:
        for future in admin.create_topics(new, request_timeout=ANSWER_S).values():
            future.result(ANSWER_S)
        converge("new topics", lambda: led(admin) >= topics.keys())
    old = {name: topic for name, topic in topics.items() if name in found}
    for name, topic in old.items():
        refuse_drift(name, "partitions", topic["partitions"], len(found[name].partitions))
    if old:
        resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in old]
        for resource, future in admin.describe_configs(resources, request_timeout=ANSWER_S).items():
            settings = future.result(ANSWER_S)
            for setting, wanted in old[resource.name]["config"].items():
                refuse_drift(resource.name, setting, wanted, settings[setting].value)


def led(admin: AdminClient) -> set[str]:
    """Topics all of whose partitions have a leader."""
    known = admin.list_topics(timeout=ANSWER_S).topics
    return {name for name, topic in known.items() if all(part.leader >= 0 for part in topic.partitions.values())}


def refuse_drift(topic: str, what: str, wanted: object, found: object) -> None:
    if wanted != found:
        raise PlatformError(
            f"Topic {topic} has {what} {found}, and deploy/kafka/topics.toml says {wanted}: "
            "make them agree, or remove the state directory to begin anew."
        )


def apply_rights(admin: AdminClient) -> None:
    wanted = {binding for user, rights in listed("users").items() for binding in bindings(user, rights)}
    found = granted(admin)
    if missing := list(wanted - found):
        for created in admin.create_acls(missing, request_timeout=ANSWER_S).values():
            created.result(ANSWER_S)
    # A right taken out of the file is taken back.
    if surplus := [as_filter(binding) for binding in found - wanted]:
        for deleted in admin.delete_acls(surplus, request_timeout=ANSWER_S).values():
            deleted.result(ANSWER_S)
    converge("new rights", lambda: granted(admin) == wanted)


def granted(admin: AdminClient) -> set[AclBinding]:
    any_name: Any = None
    pattern, operation, permission = ResourcePatternType.ANY, AclOperation.ANY, AclPermissionType.ANY
    every = AclBindingFilter(ResourceType.ANY, any_name, pattern, any_name, any_name, operation, permission)
    return set(admin.describe_acls(every, request_timeout=ANSWER_S).result(ANSWER_S))


def bindings(user: str, rights: dict[str, list[str]]) -> Iterator[AclBinding]:
    topic, group, transaction = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
    table = (
        ("read", topic, LITERAL, (AclOperation.READ,)),
        ("write", topic, LITERAL, (AclOperation.WRITE,)),
        ("describe", topic, LITERAL, (AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS)),
        ("groups", group, PREFIXED, (AclOperation.READ,)),
        ("describe_groups", group, LITERAL, (AclOperation.DESCRIBE,)),
        ("transactional_ids", transaction, PREFIXED, (AclOperation.WRITE, AclOperation.DESCRIBE)),
    )
    for right, resource, pattern, operations in table:
        for name in rights.get(right, []):
            for operation in operations:
                yield AclBinding(resource, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


def as_filter(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
