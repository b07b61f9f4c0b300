"""Machinery that every service shares: store, relay, consumer, projections, keys, HTTP. No word of the domain."""
