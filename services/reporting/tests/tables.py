"""Reads examples.md: the facts of a history, and the answers that it must give."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from services.reporting.metrics.clocks import corrections
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.tests.making import make, name_id, of_name, plan_facts, to_event
from shared.events.event import Event, registry

FILE = Path(__file__).with_name("examples.md")
MODELS: dict[str, type[Event]] = {contract.model.__name__: contract.model for contract in registry.all().values()}
# How a part says that it goes on.
OPEN = {("ended", None), ("filled", None), ("answered", None)}
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
PLAN = re.compile(r"^Plan of (\w+)(?: under (\w+))?(?: from (\S+))?(?: with (\w+)>(\w+))?: (.+)$", re.M)


@dataclass(frozen=True)
class Asked:
    """One row of answers; `parameters` are as a caller would send them."""

    title: str
    facts: list[Fact]
    report: str
    parameters: dict[str, Any]
    answer: dict[str, str]

    def __str__(self) -> str:
        return f"{self.title} · {self.report} {self.parameters}"


def asked() -> Iterator[Asked]:
    for section in FILE.read_text().split("\n## ")[1:]:
        title = section.partition("\n")[0]
        events, answers = (list(_rows(table)) for table in re.findall(r"(?:^\|.*\n?)+", section, re.M))
        facts = [*_plans(section), *_facts(events)]
        for report, parameters, as_of, known_at, answer in answers:
            clocks = {"as_of": as_of, "known_at": known_at}
            given = {**_pairs(parameters), **{name: text for name, text in clocks.items() if text}}
            yield Asked(title, facts, report, {name: _asked(name, value) for name, value in given.items()},
                        {_by_ids(name): value for name, value in _pairs(answer).items()})  # fmt: skip


def figures(report: Report[Any, Any]) -> dict[str, str]:
    cells = [(cell.row.model_dump(), [part.model_dump() for part in cell.parts]) for cell in report.cells]
    return shown(cells, report.left_out)


def shown(cells: Iterable[tuple[dict[str, Any], list[dict[str, Any]]]], left_out: Mapping[str, int]) -> dict[str, str]:
    """What rows and their parts say, in the words of the table."""
    found = {f"left out: {reason}": str(count) for reason, count in left_out.items()}
    for row, parts in cells:
        of = row.get("milestone") or row.get("source") or row.get("stage") or " ".join(map(str, row["group"].values()))
        for name, value in row.items():
            words = {"reached": str(of), "pass_through": f"{of} on"} if "milestone" in row else {}
            words |= {"hires": str(of)} if "source" in row else {}
            found[words.get(name, f"{of} {name}") if of else name] = _figure(value)
        for point in row.get("points", ()):
            found[f"{of} after {_figure(point['after'])}"] = point["share"]
        for part in parts:
            if "due" in part:
                due = str(part["due"]).replace("T", " ")[: len("2026-03-30 14:00")]
                found[f"{part['interview_id']}/{part['interviewer']} due"] = due
        waited = [part for part in parts if any(one in part.items() for one in OPEN)]
        if waited:
            durations = sorted(int((part.get("net") or part["duration"])["microseconds"]) for part in waited)
            found[f"{of} waited" if of else "waited"] = ",".join(map(_days, durations))
    return found


def _figure(value: Any) -> str:
    match value:
        case {"share": share, "median": median}:
            return f"{_figure(share)} after {_figure(median)}"
        case {"count": None} | {"microseconds": None, "note": "no data"} | None:
            return "none"
        case {"exact": exact}:
            return "none" if exact is None else str(exact)
        case {"microseconds": None, "note": note}:
            return str(note)
        case {"count": str(count), "of": str(of)} if "/" in count + of:
            return f"{count} of {of}"
        case {"count": count, "of": of}:
            return f"{count}/{of}"
        case {"microseconds": exact}:
            return _days(int(exact))
    return str(value)


def _days(microseconds: int) -> str:
    return f"{timedelta(microseconds=microseconds) / timedelta(days=1):g}"


def _rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines()[2:]:
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def _asked(name: str, value: str) -> Any:
    return [value] if name == "by" else name_id(name, value)


def _by_ids(name: str) -> str:
    """`I1/U1 due` as parts say it."""
    found = re.fullmatch(r"(\w+)/(\w+) due", name)
    return f"{of_name(found[1])}/{of_name(found[2])} due" if found else name


def _pairs(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (pair.strip().partition("=") for pair in text.split(";") if pair.strip())}


def _plans(section: str) -> Iterator[Fact]:
    for version, (job, requisition, since, old, new, stages) in enumerate(PLAN.findall(section), start=1):
        at = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else BEGINNING
        named = [stage.strip().split("=") for stage in stages.split(",")]
        for event in plan_facts(job, requisition, version, named, switch={old: new} if since else None):
            yield _fact(event, f"plan {job} {version} {event.wire_type}", version, at, at)


def _facts(rows: list[list[str]]) -> list[Fact]:
    people: dict[str, str] = {}
    facts: list[Fact] = []
    for position, (occurred, known, name, subjects, fields) in enumerate(rows, start=100):
        at = _time(known if occurred == "-" else occurred)
        given = _pairs(fields)
        by_person = given.pop("by", "") != "timer"
        for subject in _subjects(subjects):
            if name == "OccurrenceCorrected":
                event = _correction(facts, **given)
            else:
                event = to_event(MODELS[name], subject, given, people)
            known_at = at if known in ("=", "-") else _time(known)
            fact = _fact(event, f"{subject} {position}", position, at, known_at)
            facts.append(replace(fact, by_person=by_person))
    return facts


def _correction(facts: list[Fact], row: str, new: str) -> Event:
    """Of the event in that row of the table, counted from 1."""
    [of] = [fact for fact in facts if fact.position == 99 + int(row)]
    [model] = [model for model in corrections() if model.stream == of.event.stream]
    return make(model, **of.event.model_dump(), event_id=of.id, old=of.occurred, new=_time(new), why="wrong_day")


def _fact(event: Event, name: str, position: int, occurred: datetime, known: datetime) -> Fact:
    return Fact(uuid5(NAMESPACE_OID, name), event, position, occurred, known)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _subjects(text: str) -> Iterator[str]:
    for item in text.split(", "):
        found = re.fullmatch(r"([A-Z])(\d+)\.\.\1(\d+)(/\d+)?", item)
        if found is None:
            yield item
        else:
            letter, first, last, rest = found.groups()
            yield from (f"{letter}{number}{rest or ''}" for number in range(int(first), int(last) + 1))
