"""What is asked of a report by its name; what is to be frozen also by parameters as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from services.reporting.metrics.catalogue import DEFINITIONS, VERSIONS
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Rule
from services.reporting.projections import facts
from services.reporting.projections.standing import EVERYBODY
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.kit.codec import Codec
from shared.kit.http.problems import fields_of
from shared.kit.refusals import Invalid

Q = TypeVar("Q", bound=Question)


def defined(name: str, version: int | None) -> Definition[Any, Any, Any]:
    """The newest, or the one of that version. Raises Invalid."""
    versions = VERSIONS[name]
    if version is not None and version not in versions:
        there_are = ", ".join(map(str, versions))
        raise Invalid(f"{name} has no version {version}", f"ask for one of {there_are}, or leave it out: the newest")
    return versions[version] if version is not None else DEFINITIONS[name]


def rule_of(definition: Definition[Any, Any, Any], figure: str) -> Rule:
    """Raises Invalid: an older version may have had fewer figures."""
    if figure not in definition.figures:
        there_are = ", ".join(definition.figures)
        raise Invalid(
            f"{definition.id} has no figure {figure} in version {definition.version}",
            f"ask for one of {there_are}, or leave `version` out: the newest",
        )
    return definition.figures[figure]


def restricted(definition: Definition[Any, Any, Any]) -> bool:
    """Whether it is computed from what people told of themselves."""
    return SelfIdentificationRecorded in definition.needs


FROZEN = [name for name, definition in DEFINITIONS.items() if not restricted(definition)]
"""Among those that all may read."""


def assert_readable(definition: Definition[Any, Any, Any], codec: Codec) -> None:
    """Raises Invalid."""
    if restricted(definition) and not codec.opens:
        raise Invalid(
            "Without the keyring nothing is known of groups, and that is nothing to be frozen or compared",
            "give reporting HIRELOG_KEYRING_URL and HIRELOG_WRAPPING_KEYS, and start it again",
        )


def consumers(definition: Definition[Any, Any, Any]) -> Sequence[str]:
    """Whose facts it is computed from."""
    return EVERYBODY if restricted(definition) else (facts.CONSUMER,)


def to_freeze(report: str, given: Mapping[str, Any]) -> tuple[Definition[Any, Any, Any], Question]:
    """Raises Invalid."""
    if report not in DEFINITIONS:
        raise Invalid(f"There is no report {report[:40]!r}", f"name one of {', '.join(FROZEN)}")
    if restricted(DEFINITIONS[report]):
        # A snapshot is an event on a topic that every service reads, those who decide included.
        raise Invalid(
            f"{report} is not frozen among the other reports, which all may read",
            "freeze it by POST /v1/adverse-impact-snapshots; it can't be scheduled",
        )
    question: Question = valid(DEFINITIONS[report].question, given)
    return defined(report, question.version), question


def valid(model: type[Q], given: Mapping[str, Any]) -> Q:
    """Raises Invalid."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        fields = fields_of(error.errors(), "question")
        raise Invalid(
            "The question is not valid", "correct the listed fields and send it again", fields=fields
        ) from None
