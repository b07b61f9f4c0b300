"""All metrics, by the name that they are asked for."""

from typing import Any

from services.reporting.metrics.engagement import ENGAGEMENT
from services.reporting.metrics.funnel import FUNNEL
from services.reporting.metrics.report import Definition
from services.reporting.metrics.time_to_hire import TIME_TO_HIRE

DEFINITIONS: dict[str, Definition[Any, Any, Any]] = {d.id: d for d in (TIME_TO_HIRE, FUNNEL, ENGAGEMENT)}
