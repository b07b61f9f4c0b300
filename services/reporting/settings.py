"""What reporting is told beyond what every service is (prefix HIRELOG_)."""

from typing import Annotated

from pydantic import Field

from services.reporting.metrics.considered import Country
from shared.kit.settings import Settings


class ReportingSettings(Settings):
    adverse_impact_in: Annotated[
        frozenset[Country], Field(description='For jobs of which countries adverse impact is computed, as ["US"]')
    ] = frozenset()
