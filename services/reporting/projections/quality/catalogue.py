"""All checks, by the name that they are asked for."""

from services.reporting.projections.quality.check import Check
from services.reporting.projections.quality.missing import MISSING
from services.reporting.projections.quality.orders import ORDERS
from services.reporting.projections.quality.undone import UNDONE
from services.reporting.projections.quality.untaken import UNTAKEN
from services.reporting.projections.quality.values import VALUES

CHECKS: dict[str, Check] = {check.id: check for check in (*ORDERS, *MISSING, *UNTAKEN, *VALUES, *UNDONE)}
