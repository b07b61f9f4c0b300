"""Impossible orders: what can't have happened before what it follows from."""

from services.reporting.metrics.clocks import KNOWLEDGE, corrections
from services.reporting.projections.quality.check import Check, columns, earlier, listed, told
from shared.events.correction import OccurrenceCorrected

CORRECT = "find out in the service that wrote it which time is wrong, and have it corrected there"
NO_MOMENT = listed(m.wire_type for m in (*KNOWLEDGE, *corrections()) if m is not OccurrenceCorrected)
EXTENDED, ACCEPTED, HIRED = "ats.offer.extended", "ats.offer.accepted", "ats.application.hired"
SCHEDULED, MOVED, COMPLETED = "ats.interview.scheduled", "ats.interview.rescheduled", "ats.interview.completed"

# Feedback written before the end of a meeting is nothing impossible: people write during it.
ORDERS = (
    Check(
        "before-its-stream",
        "Before its stream began",
        "The event is said to have occurred before the first event of its own stream, such as an opened message "
        "before it was sent. Durations that it starts or ends are left out.",
        CORRECT,
        f"""
        {told()}
        SELECT {columns("f")}, format('occurred %s, and its stream began %s', f.occurred, b.occurred) AS detail
        FROM (
            SELECT {columns("told")}, occurred, precision, first_value(version) OVER w AS first,
                first_value(occurred) OVER w AS began, first_value(precision) OVER w AS how
            FROM told WINDOW w AS (PARTITION BY stream ORDER BY version)
        ) f, LATERAL (SELECT f.began AS occurred, f.how AS precision) b
        WHERE f.first = 1 AND f.type NOT IN ({NO_MOMENT}) AND {earlier("f", "b")}
        """,  # noqa: S608
    ),
    Check(
        "accepted-before-extended",
        "Accepted before it was extended",
        "An offer was accepted before it was extended for the first time. The hire counts; the time to answer does "
        "not. History that tells no extension at all is not listed.",
        CORRECT,
        f"""
        {told(EXTENDED, ACCEPTED)}
        SELECT {columns("a")}, format('accepted %s, extended %s', a.occurred, e.occurred) AS detail
        FROM told a JOIN (
            SELECT DISTINCT ON (stream) stream, occurred, precision FROM told WHERE type = '{EXTENDED}'
            ORDER BY stream, occurred
        ) e ON e.stream = a.stream AND {earlier("a", "e")}
        WHERE a.type = '{ACCEPTED}'
        """,  # noqa: S608
    ),
    Check(
        "completed-before-start",
        "Completed before it began",
        "An interview was completed before the start that it was scheduled for.",
        CORRECT,
        f"""
        {told(SCHEDULED, MOVED, COMPLETED)}
        SELECT {columns("c")}, format('completed %s, scheduled for %s', c.occurred, s.occurred) AS detail
        FROM told c JOIN (
            SELECT DISTINCT ON (stream, data ->> 'version') stream, data ->> 'version' AS round,
                (data ->> 'start')::timestamptz AS occurred, 'instant' AS precision
            FROM told WHERE type <> '{COMPLETED}' ORDER BY stream, data ->> 'version', version DESC
        ) s ON s.stream = c.stream AND s.round = c.data ->> 'version' AND {earlier("c", "s")}
        WHERE c.type = '{COMPLETED}'
        """,  # noqa: S608
    ),
    Check(
        "hired-without-acceptance",
        "Hired without an acceptance",
        "Somebody was hired by an offer whose acceptance is not known, or came later. It is no hire in any report: "
        "the acceptance is what counts.",
        "record the acceptance in the ATS, with the time at which it was given",
        f"""
        {told(ACCEPTED, HIRED)}
        SELECT {columns("h")}, 'offer ' || (h.data ->> 'offer_id') AS detail FROM told h
        WHERE h.type = '{HIRED}' AND NOT EXISTS (
            SELECT FROM told a WHERE a.stream = 'offer-' || (h.data ->> 'offer_id') AND a.type = '{ACCEPTED}'
            AND NOT {earlier("h", "a")}
        )
        """,  # noqa: S608
    ),
)
