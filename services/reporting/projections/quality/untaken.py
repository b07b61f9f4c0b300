"""What came on the topics and is not among the facts: of unknown types or versions, parked, discarded."""

from services.reporting.projections.facts import CONSUMER, TYPES
from services.reporting.projections.quality.check import Check, columns
from shared.events.event import registry

KNOWN = ", ".join(f"('{wire_type}', {registry.get(wire_type).model.schema_version})" for wire_type in sorted(TYPES))


def _header(name: str) -> str:
    """Of a record that was parked; of one that is no event nothing can be read."""
    value = f"SELECT h ->> 1 FROM json_array_elements(p.headers) h WHERE h ->> 0 = '{name}' ORDER BY 1 LIMIT 1"  # noqa: S608
    return f"CASE WHEN p.reason <> 'not-an-event' THEN convert_from(decode(({value}), 'hex'), 'UTF8') END"


RECORDS = f"""
SELECT ({_header("ce_id")})::uuid AS event_id, {_header("ce_type")} AS type, {_header("ce_subject")} AS stream,
    ({_header("ce_streamversion")})::int AS version, ({_header("ce_schemaversion")})::int AS schema_version,
    p.* FROM {{table}} p WHERE p.consumer = '{CONSUMER}'
"""  # noqa: S608

UNTAKEN = (
    Check(
        "unknown-types",
        "Events of types unknown here",
        "A service writes events that this version of reporting has no model for. They were noted and passed by: no "
        "figure can count them.",
        "deploy a reporting that knows the type, then rebuild it (./hirelog rebuild)",
        f"SELECT {columns('u')}, format('%s, schema version %s', u.type, u.schema_version) AS detail "  # noqa: S608
        "FROM unknown_events u",
    ),
    Check(
        "unknown-versions",
        "Events of schema versions unknown here",
        "The event is written in a version newer than the one known here. It is parked, and so is all that follows "
        "with its key.",
        "deploy the newer reporting, then redrive what is parked (./hirelog parked redrive)",
        f"""
        SELECT {columns("r")}, format('schema version %s, known is %s', r.schema_version, k.known) AS detail
        FROM ({RECORDS.format(table="parked")}) r
        JOIN (VALUES {KNOWN}) k (type, known) ON k.type = r.type AND r.schema_version > k.known
        """,  # noqa: S608
    ),
    Check(
        "parked",
        "Parked events",
        "The event could not be folded, or waits behind one that could not. It is in no figure.",
        "see why (./hirelog parked show), mend the cause, then redrive it",
        f"SELECT {columns('r')}, concat_ws(', ', r.reason, r.first_error) AS detail "  # noqa: S608
        f"FROM ({RECORDS.format(table='parked')}) r",
    ),
    Check(
        "discarded",
        "Events discarded by operators",
        "Somebody took the event out for good. It is in no figure, and a rebuild does not bring it back.",
        "nothing, if the reason given still holds",
        f"SELECT {columns('r')}, concat_ws(', ', r.reason, r.first_error) AS detail "  # noqa: S608
        f"FROM ({RECORDS.format(table='discarded')}) r",
    ),
)
