"""`./hirelog topics`: what deploy/kafka/topics.toml declares, against what Kafka has."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from ops.installation import Installation
from ops.terminal import Json, run, say, table, write_json
from shared.kit.kafka import Kafka

ROOT = Path(__file__).resolve().parents[1]
DECLARED = ROOT / "deploy/kafka/topics.toml"
SHOWN = ("partitions", "retention.ms", "cleanup.policy", "message.timestamp.type")
NEVER = (
    "A topic is never altered: make a new one as declared, copy the log into it and move its readers; "
    "or correct deploy/kafka/topics.toml if it is the declaration that is wrong."
)
MISSING = "A topic that is missing is made when the rights and topics of deploy/kafka are applied again."

Settings = Mapping[str, str]


@dataclass(frozen=True)
class Drift:
    """`actual` is None for a topic that is not there."""

    topic: str
    setting: str
    declared: str
    actual: str | None


def topics(as_json: Json = False) -> None:
    """Compares the declared topics with the actual ones; ends with 1 where they differ."""
    declared = declared_topics()
    actual = run(_actual(), as_json)
    drift = drift_between(declared, actual)
    unknown = sorted(actual.keys() - declared.keys())
    if as_json:
        found = [{"topic": t, **{s: actual.get(t, {}).get(s) for s in SHOWN}} for t in declared]
        write_json({"topics": found, "drift": [asdict(one) for one in drift], "unknown": unknown})
    else:
        _show(declared, actual, drift, unknown)
    if drift:
        raise typer.Exit(1)


def declared_topics() -> dict[str, Settings]:
    """Every setting of every declared topic as text, the number of partitions among them."""
    listed: dict[str, dict[str, Any]] = tomllib.loads(DECLARED.read_text())
    return {name: {"partitions": str(topic["partitions"])} | topic["config"] for name, topic in listed.items()}


def event_topics() -> list[str]:
    """Those that hold a log of events."""
    return [name for name, settings in declared_topics().items() if settings["cleanup.policy"] != "compact"]


def drift_between(declared: Mapping[str, Settings], actual: Mapping[str, Settings]) -> list[Drift]:
    missing = [Drift(t, "topic", "there", None) for t in declared if t not in actual]
    return missing + [
        Drift(name, setting, wanted, actual[name].get(setting))
        for name, settings in declared.items() if name in actual
        for setting, wanted in settings.items() if actual[name].get(setting) != wanted
    ]  # fmt: skip


async def _actual() -> dict[str, Settings]:
    return await actual_topics(Installation.read().kafka)


async def actual_topics(kafka: Kafka) -> dict[str, Settings]:
    """The same of Kafka's own, its internal ones left out."""
    async with kafka.admin() as admin:
        described = [t for t in await admin.describe_topics() if not t["is_internal"]]
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic["topic"]) for topic in described]
        answers = await admin.describe_configs(asked) if asked else []
    configured = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers for _, _, _, name, entries in answer.resources
    }  # fmt: skip
    return {t["topic"]: {**configured[t["topic"]], "partitions": str(len(t["partitions"]))} for t in described}


def _show(
    declared: Mapping[str, Settings], actual: Mapping[str, Settings], drift: list[Drift], unknown: list[str]
) -> None:
    made = table(
        "Topics", "topic", "partitions", "retention", "clean-up", "timestamps", "", numbers=frozenset({"partitions"})
    )
    drifted = {one.topic for one in drift}
    for name in declared:
        found = actual.get(name, {})
        state = "as declared" if name not in drifted else "DIFFERS" if found else "MISSING"
        retention = _retention(found)
        shown = (found.get("partitions", "-"), retention, found.get("cleanup.policy", "-"))
        made.add_row(name, *shown, found.get("message.timestamp.type", "-"), state)
    say(made)
    altered = [one for one in drift if one.actual is not None]
    if altered:
        say("", *(f"{d.topic}: {d.setting} is {d.actual}, declared is {d.declared}." for d in altered), NEVER)
    if len(altered) < len(drift):
        say("", f"Missing: {', '.join(d.topic for d in drift if d.actual is None)}. {MISSING}")
    if unknown:
        say("", f"Not declared: {', '.join(unknown)}.")


def _retention(settings: Settings) -> str:
    if settings.get("cleanup.policy") == "compact":
        return "the last ones"
    milliseconds = settings.get("retention.ms", "-")
    return "for ever" if milliseconds == "-1" else f"{milliseconds} ms"
