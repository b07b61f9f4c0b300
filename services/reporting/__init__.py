"""Reporting: figures that are folded from the log and can be traced back to it."""
