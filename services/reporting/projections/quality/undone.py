"""What was left undone: decisions that nobody has taken, and what an import did not bring."""

from services.reporting.projections.quality.check import Check, columns

UNDONE = (
    Check(
        "applications-on-closed-jobs",
        "Applications under way on closed jobs",
        "The job is closed, and the application neither rejected, withdrawn nor hired: somebody waits for an answer "
        "that nobody will give. Pipeline health leaves it out; the funnel and time in stage have it as waiting.",
        "reject the application or transfer it to an open job in the ATS (POST /v1/applications/{id}/reject)",
        f"""
        WITH states AS (
            SELECT DISTINCT ON (application_id) * FROM facts WHERE type IN (
                'ats.application.submitted', 'ats.application.rejected', 'ats.application.withdrawn',
                'ats.application.reopened', 'ats.application.hired', 'ats.application.hire-reversed'
            ) ORDER BY application_id, version DESC
        ), at_work AS (
            SELECT DISTINCT ON (application_id) application_id,
                coalesce(data ->> 'to_job', data ->> 'job_id')::uuid AS job
            FROM facts WHERE type IN ('ats.application.submitted', 'ats.application.transferred')
            ORDER BY application_id, version DESC
        ), jobs AS (
            SELECT DISTINCT ON (job_id) job_id AS job, type FROM facts
            WHERE type IN ('ats.job.opened', 'ats.job.closed') ORDER BY job_id, version DESC
        )
        SELECT {columns("s")}, 'job ' || w.job AS detail FROM states s JOIN at_work w USING (application_id)
        JOIN jobs j USING (job) WHERE j.type = 'ats.job.closed' AND s.type IN (
            'ats.application.submitted', 'ats.application.reopened', 'ats.application.hire-reversed'
        ) AND NOT EXISTS (
            SELECT FROM facts m WHERE m.type = 'ats.candidate.merged'
            AND m.data -> 'application_map' ? s.application_id::text
        )
        """,  # noqa: S608
    ),
    Check(
        "accepted-without-seat",
        "Acceptances without a seat",
        "Two offers for one seat were accepted, and this one came second. It stands, and no seat was found for it.",
        "open a seat in the ATS (where the headcount is used up, revise the requisition first) and hire them on it, or "
        "rescind the offer",
        f"""
        SELECT {columns("a")}, 'offer ' || (a.data ->> 'offer_id') AS detail FROM facts a
        WHERE a.type = 'ats.offer.accepted-without-seat' AND NOT EXISTS (
            SELECT FROM facts u WHERE u.stream = a.stream AND u.version > a.version
            AND u.type IN ('ats.offer.reneged', 'ats.offer.rescinded')
        ) AND NOT EXISTS (
            SELECT FROM facts f WHERE f.type = 'ats.opening.filled' AND f.data ->> 'offer_id' = a.data ->> 'offer_id'
        )
        """,  # noqa: S608
    ),
    Check(
        "entries-unknown",
        "Imported applications of unknown entry",
        "The import does not tell since when the application stands in the stage that it came with. Time in stage "
        "leaves that visit out, hire-chance what it had reached by then, and it never counts as waiting for long.",
        "nothing, where the source does not know it either",
        f"""
        SELECT {columns("s")}, 'stage ' || (s.data ->> 'stage') AS detail FROM facts s
        WHERE s.type = 'ats.application.submitted' AND s.data -> 'entry_unknown' = 'true'
        """,  # noqa: S608
    ),
)
