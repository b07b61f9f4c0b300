"""Plays hiring histories through the public APIs and keeps its own ledger."""
