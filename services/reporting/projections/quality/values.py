"""Values of dimensions and dates that nobody has given: what a report can only call unknown."""

from services.reporting.projections.quality.check import Check, columns

UNSAID = "('', 'unknown', 'other', 'none', 'n/a', '-')"


def _without(field: str, means: str) -> Check:
    return Check(
        f"jobs-without-{field}",
        f"Jobs without a {field}",
        means,
        f"give the job its {field} in the ATS",
        f"""
        SELECT {columns("j")}, 'job ' || j.job_id AS detail FROM (
            SELECT DISTINCT ON (job_id) * FROM facts WHERE type IN ('ats.job.opened', 'ats.job.updated')
            ORDER BY job_id, version DESC
        ) j WHERE lower(btrim(coalesce(j.data ->> '{field}', ''))) IN {UNSAID}
        """,  # noqa: S608
    )


VALUES = (
    _without("department", "Cut by department, what belongs to the job stands under a value that tells nothing."),
    _without("location", "Cut by location, what belongs to the job stands under a value that tells nothing."),
    _without("country", "Where adverse impact is computed, it leaves out whoever applied for the job."),
    Check(
        "jobs-without-recruiter",
        "Jobs that never had a recruiter",
        "Nobody was ever named as the job's recruiter, so its hires belong to no recruiter's work.",
        "name a recruiter in the job's team, from the day on which they began",
        f"""
        SELECT {columns("j")}, 'job ' || j.job_id AS detail FROM facts j
        WHERE j.type = 'ats.job.opened' AND j.data ->> 'reopened' = 'false' AND NOT EXISTS (
            SELECT FROM facts t WHERE t.stream = j.stream AND t.type = 'ats.job.team-changed'
            AND t.data ->> 'role' = 'recruiter'
        )
        """,  # noqa: S608
    ),
    Check(
        "applications-without-source",
        "Applications of an unknown source",
        "The source is empty, or one of the words that say nothing: unknown, other, none.",
        "attribute the source by hand in the ATS (POST /v1/applications/{id}/attribute)",
        f"""
        SELECT {columns("s")}, format('source %L', coalesce(a.new, s.data ->> 'source')) AS detail
        FROM facts s LEFT JOIN LATERAL (
            SELECT data ->> 'new' AS new FROM facts WHERE stream = s.stream
            AND type = 'ats.application.source-attributed' AND data ->> 'view' = 'application'
            ORDER BY version DESC LIMIT 1
        ) a ON true
        WHERE s.type = 'ats.application.submitted'
        AND lower(btrim(coalesce(a.new, s.data ->> 'source', ''))) IN {UNSAID}
        """,  # noqa: S608
    ),
    Check(
        "stages-without-milestone",
        "Stages without a milestone",
        "A published plan has stages that no other job can be compared with: whoever stands there is in the funnel "
        "with the milestone before.",
        "publish a version of the plan that names the milestone",
        f"""
        SELECT {columns("p")}, 'stages ' || (
            SELECT string_agg(stage ->> 'id', ', ' ORDER BY stage ->> 'order')
            FROM jsonb_array_elements(p.data -> 'stages') stage WHERE stage ->> 'milestone' IS NULL
        ) AS detail FROM facts p WHERE p.type = 'ats.stage-plan.published' AND EXISTS (
            SELECT FROM jsonb_array_elements(p.data -> 'stages') stage WHERE stage ->> 'milestone' IS NULL
        )
        """,  # noqa: S608
    ),
    Check(
        "hires-without-start",
        "Hires without a start date",
        "Somebody was hired, the hire stands, and neither it nor the acceptance nor a change of the date names a day.",
        "record the start date in the ATS",
        f"""
        SELECT {columns("h")}, 'application ' || h.application_id AS detail FROM facts h
        WHERE h.type = 'ats.application.hired' AND h.data ->> 'start_date' IS NULL
        AND NOT EXISTS (
            SELECT FROM facts r WHERE r.stream = h.stream AND r.type = 'ats.application.hire-reversed'
            AND r.version > h.version
        ) AND NOT EXISTS (
            SELECT FROM facts a WHERE a.stream = 'offer-' || (h.data ->> 'offer_id') AND a.type = 'ats.offer.accepted'
            AND a.data ->> 'start_date' IS NOT NULL
        ) AND NOT EXISTS (
            SELECT FROM facts c WHERE c.stream = h.stream AND c.type = 'ats.application.start-date-changed'
            AND c.data ->> 'offer_id' = h.data ->> 'offer_id' AND c.data ->> 'new' IS NOT NULL
        )
        """,  # noqa: S608
    ),
)
