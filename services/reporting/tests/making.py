"""Makes events for tests: what is told of them, and something valid for every other field."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from shared.events.ats.job import JobOpened, StagePlanChanged
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.catalogue import categories
from shared.events.event import Event
from shared.events.goldens import schema_of
from shared.events.notifier.candidate_message import CandidateMessageEvent
from shared.events.samples import samples

NAMED = {
    "job", "campaign", "recruiter", "hiring_manager", "sender", "template", "segment", "interview", "interviewer",
}  # fmt: skip
STREAMS = {key: category.stream for key, category in categories().items()}


def stream_of(event: Event) -> str:
    return STREAMS[event.stream.service, event.stream.category].format_map(event.model_dump())


def of_name(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


def name_id(parameter: str, value: str) -> str:
    """A parameter as a caller would send it: ids are ids."""
    return str(of_name(value)) if parameter in NAMED else value


def to_event(model: type[Event], subject: str, given: dict[str, str], people: dict[str, str]) -> Event:
    """`people` remembers whose an application is, by the names of both."""
    person = subject.partition("/")[0]
    if model.stream.category == "application":
        person = people.setdefault(subject, given.get("person_id", f"person of {subject}"))
    elif "application_id" in given and given["application_id"] in people:
        person = people[given["application_id"]]
    elif model is SelfIdentificationRecorded:
        # One event for each of many: its subject is the application that a person told it with.
        return make(model, **_told_with(subject, given, people[subject]))
    own_id = STREAMS[model.stream.service, model.stream.category].partition("{")[2].rstrip("}")
    if issubclass(model, CandidateMessageEvent):
        given = {"recipient_id": person, **given}
    named = {"person_id": person, own_id: subject, **given}
    return make(model, **{name: _typed(model, name, text) for name, text in named.items()})


def _told_with(application: str, given: dict[str, str], person: str) -> dict[str, Any]:
    value = None if given["value"] == "none" else given["value"]
    return {**given, "person_id": of_name(person), "application_id": of_name(application), "value": value}


def make(model: type[Event], **given: Any) -> Event:
    least, _ = samples(schema_of(model))
    return model.model_validate({**least, **given})


def plan_facts(
    job: str, requisition: str, version: int, stages: Sequence[Sequence[str]], switch: dict[str, str] | None
) -> Iterator[Event]:
    """A plan named after its job, and the job opened with it or switched to it, stage for stage."""
    plan = of_name(f"plan of {job}")
    yield make(StagePlanPublished, plan_id=plan, version=version, stages=[
        {"id": name, "name": name, "type": "lead" if is_a == "lead" else "active", "milestone": is_a, "order": order}
        for order, (name, is_a) in enumerate(stages, start=1)
    ])  # fmt: skip
    own = {"job_id": of_name(job), "requisition_id": of_name(requisition or f"requisition of {job}")}
    if switch is None:
        yield make(JobOpened, **own, country="US", plan_id=plan, plan_version=version)
    else:
        yield make(StagePlanChanged, **own, plan_id=plan, plan_version=version, stage_map=switch)


def _typed(model: type[Event], name: str, text: str) -> Any:
    if name == "application_map":
        left_out, kept = text.split(">")
        return {of_name(left_out): of_name(kept)}
    if name in ("skipped", "changed"):
        return (text,)
    if name == "jobs":
        return tuple(of_name(job) for job in text.split())
    if name == "panel":
        return [of_name(member) for member in text.split()]
    if name == "week":
        return text.split()
    if name == "groups":
        asked = [group.split() for group in text.split(" then ")]
        return [{"n": int(n), "members": [of_name(member) for member in members]} for n, _, *members in asked]
    field = model.model_fields.get(name)
    return of_name(text) if field is not None and "UUID" in str(field.annotation) else text
