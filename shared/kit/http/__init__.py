"""The HTTP edge that every service shares: problems, tokens, scopes, idempotency, paging, health."""
