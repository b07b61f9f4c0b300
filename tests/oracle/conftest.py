"""Reporting on a fresh PostgreSQL database, for histories that are told to it."""

from services.reporting.tests.conftest import keep, keyring, log, reporting, settings, tell

__all__ = ("keep", "keyring", "log", "reporting", "settings", "tell")
