"""What must hold of a running installation, found out from the log itself: no ledger is needed for it."""

from ops.checks.finding import Finding, Report
from ops.checks.unfinished import unfinished
from ops.checks.verify import verify

__all__ = ["Finding", "Report", "unfinished", "verify"]
