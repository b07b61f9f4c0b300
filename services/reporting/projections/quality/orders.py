"""What can't be: an event before what it follows from, or of somebody else than what it belongs to."""

from services.reporting.metrics.clocks import KNOWLEDGE, corrections
from services.reporting.projections.facts import ALIAS, ALIASES
from services.reporting.projections.quality.check import Check, columns, earlier, listed, told
from shared.events.correction import OccurrenceCorrected

CORRECT = "find out in the service that wrote it which time is wrong, and have it corrected there"
NO_MOMENT = listed(m.wire_type for m in (*KNOWLEDGE, *corrections()) if m is not OccurrenceCorrected)
EXTENDED, ACCEPTED, HIRED = "ats.offer.extended", "ats.offer.accepted", "ats.application.hired"
SUBMITTED = "ats.application.submitted"
SCHEDULED, MOVED, COMPLETED = "ats.interview.scheduled", "ats.interview.rescheduled", "ats.interview.completed"

# Feedback written before the end of a meeting is nothing impossible: people write during it.
ORDERS = (
    Check(
        "another-person",
        "Of another person than what it belongs to",
        "The event names somebody else than the submission of its application or, without one, than the first event of "
        "its stream, and nothing says that both are one human. Reports fold it with whom it names, apart from the "
        "rest.",
        "if both are one human, merge them in the ATS or link them in the CRM; else mend the service that wrote it, "
        "and tell in it what happened to whom",
        f"""
        SELECT DISTINCT ON (e.of) {columns("e")}, format('person %s, and not %s', e.person_id, e.whose) AS detail
        FROM (
            SELECT *, first_value(person_id) OVER (PARTITION BY of ORDER BY first DESC, version, event_id) AS whose
            FROM (
                SELECT *, coalesce(application_id::text, stream) AS of, type = '{SUBMITTED}' AS first
                FROM facts WHERE person_id IS NOT NULL
            ) named
        ) e
        WHERE e.person_id <> e.whose AND NOT EXISTS (
            SELECT FROM facts m WHERE m.type IN ({ALIASES}) AND (
                m.person_id IN (e.person_id, e.whose)
                OR {ALIAS} IN (e.person_id::text, e.whose::text)
            )
        )
        ORDER BY e.of, e.version, e.event_id
        """,  # noqa: S608
    ),
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
