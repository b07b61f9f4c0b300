"""The machinery's own tables in every service's database, by the version of its schema that brought them."""

V1_TABLES = (
    "events", "idempotency", "timers", "positions", "seen", "parked_sequences", "parked", "principals",
)  # fmt: skip
V2_TABLES = ("discarded", "reacted")
MACHINERY = (*V1_TABLES, *V2_TABLES)
