"""Somebody else's world on one machine: a token issuer, a Slack workspace and a mailbox."""
