"""Questions to ask of a report, most of them near what a history tells of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.happened import Happened
from tests.oracle.made_up.company import DEPARTMENTS, JOBS, LOCATIONS, MEMBERS, STAGES
from tests.oracle.made_up.people import CAMPAIGNS, CHANNELS, SEGMENTS, SOURCES, TEMPLATES, VARIANTS

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland")
TIMES = ("month", "quarter", "year")
OF_JOBS = ("job", "department", "location", "recruiter", "hiring_manager")
OF_APPLICATIONS = (*OF_JOBS, "source", "internal")

VALUES: Mapping[str, Sequence[Any]] = {
    "job": [str(job) for job in JOBS],
    "department": DEPARTMENTS,
    "location": LOCATIONS,
    "source": (*SOURCES, "sourced", "rediscovered"),
    "internal": ("true", "false"),
    "recruiter": [str(member) for member in MEMBERS],
    "hiring_manager": [str(member) for member in MEMBERS],
    "stage": STAGES,
    "campaign": [str(campaign) for campaign in CAMPAIGNS],
    "channel": CHANNELS,
    "step": (1, 2, 3),
    "template": [str(template) for template in TEMPLATES],
    "sender": [str(member) for member in MEMBERS[:2]],
    "segment": [str(segment) for segment in SEGMENTS],
    "variant": VARIANTS,
    "subject": ("requisition", "offer"),
    "interviewer": [str(member) for member in MEMBERS],
}

OPTIONS: Mapping[str, Mapping[str, Sequence[str | int]]] = {
    "time-to-hire": {
        "start": ("applied", "job_entry", "first_touch", "sourced"),
        "end": ("accepted", "hired", "started"),
        "hire": ("last", "first"),
        "inactive": ("removed", "kept"),
    },
    "time-in-stage": {"unit": ("application", "visit"), "days": ("calendar", "working")},
    "time-to-fill": {"start": ("opening", "requisition", "posting")},
    "offer-acceptance": {"dated": ("decided", "extended")},
    "source-effectiveness": {"view": ("application", "first_touch", "credited", "linear"), "version": (1, 2)},
    "engagement": {"unit": ("person", "message"), "version": (1, 2)},
    "response-time": {"days": ("calendar", "working")},
    "time-in-stage-curve": {"unit": ("application", "visit"), "days": ("calendar", "working")},
    "time-to-schedule": {"end": ("scheduled", "held")},
    "adverse-impact": {
        "category": ("race", "sex"),
        "milestone": ("screened", "interviewed", "onsite", "offer"),
    },
}

DIMENSIONS: Mapping[str, Sequence[str]] = {
    "entered": (*OF_APPLICATIONS, *TIMES, "stage"),
    "time-to-fill": (*OF_JOBS, *TIMES),
    "engagement": ("campaign", "channel", "step", *TIMES),
    "approvals": ("subject", "step", *OF_JOBS, *TIMES),
    "engaged-to-hired": ("campaign", "sender", "segment", "variant", *TIMES),
    "feedback-sla": (*OF_JOBS, "interviewer", *TIMES),
    "feedback-overdue": (*OF_JOBS, "interviewer", *TIMES),
    "pipeline-health": OF_JOBS,
    "time-to-schedule": (*OF_APPLICATIONS, *TIMES, "stage"),
}

FILTERS: Mapping[str, Sequence[str]] = {
    "entered": (*OF_APPLICATIONS, "stage"),
    "time-in-stage": (*OF_APPLICATIONS, "stage"),
    "time-to-fill": OF_JOBS,
    "engagement": ("campaign", "channel", "step", "template", "sender", "segment"),
    "time-in-stage-curve": (*OF_APPLICATIONS, "stage"),
    "approvals": (*OF_JOBS, "subject", "step"),
    "engaged-to-hired": ("campaign", "sender", "segment", "variant"),
    "feedback-sla": (*OF_JOBS, "interviewer"),
    "feedback-overdue": (*OF_JOBS, "interviewer"),
    "pipeline-health": OF_JOBS,
    "time-to-schedule": (*OF_APPLICATIONS, "stage"),
}
WITHOUT_PERIOD = ("pipeline-health",)
WITHOUT_CURRENT = ("engagement", "engaged-to-hired", "pipeline-health", "adverse-impact")


@st.composite
def questions(draw: st.DrawFn, report: str, log: Sequence[Happened] = ()) -> dict[str, Any]:
    """Parameters for a report; with a log its clocks and periods are near the moments of that log."""
    asked: dict[str, Any] = {}
    moments = [happened.occurred for happened in log] or [datetime(2026, month, 12, 8, tzinfo=UTC) for month in (2, 4)]
    heard = [happened.known for happened in log] or moments
    known_at = draw(st.none() | _near(heard))
    as_of = draw(st.none() | _near(moments))
    if known_at is not None:
        asked["known_at"] = known_at
    if as_of is not None and as_of <= (known_at or max(heard)):
        asked["as_of"] = as_of
    zone = draw(st.sampled_from(ZONES))
    if zone != "UTC":
        asked["zone"] = zone
    if report not in WITHOUT_PERIOD and (period := draw(st.none() | _period(moments, zone))):
        asked["period"] = period
    at = {} if report in WITHOUT_CURRENT else {"dimension": ("counted", "current")}
    for name, choices in {**OPTIONS.get(report, {}), **at}.items():
        if option := draw(st.sampled_from((None, *choices))):
            asked[name] = option
    dimensions = DIMENSIONS.get(report, (*OF_APPLICATIONS, *TIMES))
    by = draw(st.lists(st.sampled_from(dimensions), unique=True, min_size=report == "engagement", max_size=2))
    if by:
        asked["by"] = tuple(by)
    for name in draw(st.sets(st.sampled_from(FILTERS.get(report, OF_APPLICATIONS)), max_size=1)):
        asked[name] = draw(st.sampled_from(VALUES[name]))
    return asked


@st.composite
def _near(draw: st.DrawFn, moments: Sequence[datetime]) -> datetime:
    """At, just after, just before, a day after, and on the Berlin midnight after one of the moments."""
    moment = draw(st.sampled_from(moments))
    midnight = (moment.astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    instant = timedelta(microseconds=1)
    near = (moment + instant, moment, moment - instant, moment + timedelta(days=1), midnight.astimezone(UTC))
    return draw(st.sampled_from(near))


@st.composite
def _period(draw: st.DrawFn, moments: Sequence[datetime], zone: str) -> str:
    days = sorted(draw(st.lists(st.sampled_from(moments), min_size=2, max_size=2)))
    first, last = (day.astimezone(ZoneInfo(zone)) for day in days)
    match draw(st.sampled_from(("month", "year", "quarter", "day", "months", "days", "mixed"))):
        case "year":
            return f"{first:%Y}"
        case "quarter":
            return f"{first.year}-Q{(first.month + 2) // 3}"
        case "day":
            return f"{first:%Y-%m-%d}"
        case "months":
            return f"{first:%Y-%m}..{last:%Y-%m}"
        case "days":
            return f"{first:%Y-%m-%d}..{last:%Y-%m-%d}"
        case "mixed":
            return f"{first:%Y-%m-%d}..{last.year}-Q{(last.month + 2) // 3}"
    return f"{first:%Y-%m}"
