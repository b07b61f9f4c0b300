"""The reports of the demo as tables for a terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

Answer = dict[str, Any]


def time_to_hire(by_department: Answer, whole: Answer) -> Table:
    table = _table(by_department, "Time to hire", "department", "hires", "median, days", "90 %, days")
    for row in by_department["rows"]:
        table.add_row(row["group"]["department"], str(row["n"]), _days(row["median"]), _days(row["p90"]))
    table.add_section()
    for row in whole["rows"]:
        table.add_row("all", str(row["n"]), _days(row["median"]), _days(row["p90"]))
    return table


def funnel(answer: Answer) -> Table:
    table = _table(answer, "Funnel", "milestone", "reached", "went on", "of those decided", "waiting")
    for row in answer["rows"]:
        reached = _count(row["reached"])
        went_on, completed = _percent(row["pass_through"]), _percent(row["completed"])
        table.add_row(row["milestone"], reached, went_on, completed, str(row["waiting"]))
    return table


def engagement(answer: Answer, names: dict[str, str]) -> Table:
    """Shares of the people reached, then how many of the engaged went on."""
    shares, counts = ("opened", "clicked", "replied"), ("engaged", "handed_over", "applied", "hired")
    headings = ("reached", *shares, "engaged", "handed", "applied", "hired")
    table = _table(answer, "Engagement", "campaign", *headings)
    for row in answer["rows"]:
        campaign = row["group"]["campaign"]
        name = names.get(campaign, campaign) if campaign else "no campaign"
        figures = [_percent(row[share]) for share in shares] + [_count(row[count]["count"]) for count in counts]
        table.add_row(name, _count(row["reached"]), *figures)
    return table


def _table(answer: Answer, title: str, first: str, *others: str) -> Table:
    """Fits a terminal of 80 columns: the names are cut, never the figures."""
    definition = answer["definition"]
    heading = f"{title} ({definition['id']}, version {definition['version']})"
    table = Table(title=heading, title_justify="left", box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column(first, no_wrap=True, overflow="ellipsis", max_width=18)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    return table


def _days(duration: Answer) -> str:
    return f"{duration['days']:.1f}" if duration["days"] is not None else str(duration["note"])


def _percent(share: Answer) -> str:
    return f"{share['percent']:.0f} %" if share["percent"] is not None else str(share["note"])


def _count(value: int | None) -> str:
    return "no data" if value is None else f"{value:,}"
