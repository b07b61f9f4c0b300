"""Missing events: gaps in streams, and events that refer to what was never heard of."""

from services.reporting.projections.quality.check import Check, columns

NEVER_CAME = "look for it on the topic (./hirelog tail) and in the parking; then redrive it, or rebuild reporting"

MISSING = (
    Check(
        "missing-versions",
        "Versions that are missing in a stream",
        "Between this event and the one before it in its stream, or before it as the first, there are versions that "
        "reporting does not hold: parked, discarded, or lost.",
        NEVER_CAME,
        f"""
        SELECT {columns("w")}, CASE WHEN w.before + 1 = w.version - 1 THEN format('version %s is missing', w.before + 1)
            ELSE format('versions %s to %s are missing', w.before + 1, w.version - 1) END AS detail
        FROM (
            SELECT *, coalesce(lag(version) OVER (PARTITION BY stream ORDER BY version), 0) AS before FROM (
                SELECT {columns("facts")} FROM facts UNION ALL SELECT {columns("unknown_events")} FROM unknown_events
            ) e
        ) w WHERE w.version > w.before + 1
        """,  # noqa: S608
    ),
    Check(
        "unknown-jobs",
        "Jobs never heard of",
        "The first event that refers to a job of which no opening is known. What belongs to it has neither department "
        "nor plan, and no dimension of the job.",
        NEVER_CAME,
        f"""
        SELECT DISTINCT ON (f.job_id) {columns("f")}, 'job ' || f.job_id AS detail FROM facts f
        WHERE f.job_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM facts j WHERE j.type = 'ats.job.opened' AND j.job_id = f.job_id)
        ORDER BY f.job_id, f.occurred, f.event_id
        """,  # noqa: S608
    ),
    Check(
        "unknown-applications",
        "Applications never submitted",
        "The first event of an application, or of an offer, an interview or a scorecard for one, whose submission is "
        "not known. No report counts it.",
        NEVER_CAME,
        f"""
        SELECT DISTINCT ON (f.application_id) {columns("f")}, 'application ' || f.application_id AS detail FROM facts f
        WHERE f.application_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM facts s WHERE s.type = 'ats.application.submitted' AND s.application_id = f.application_id
        )
        ORDER BY f.application_id, f.occurred, f.event_id
        """,  # noqa: S608
    ),
    Check(
        "unknown-campaigns",
        "Campaigns never heard of",
        "The first enrolment or message of a campaign whose start is not known.",
        NEVER_CAME,
        f"""
        SELECT DISTINCT ON (c.campaign) {columns("c")}, 'campaign ' || c.campaign AS detail FROM (
            SELECT *, coalesce(data ->> 'campaign_id', data ->> 'campaign') AS campaign FROM facts
            WHERE type IN ('crm.enrolment.enrolled', 'crm.touchpoint.sent')
        ) c
        WHERE c.campaign IS NOT NULL AND NOT EXISTS (
            SELECT FROM facts s WHERE s.stream = 'campaign-' || c.campaign AND s.type = 'crm.campaign.started'
        )
        ORDER BY c.campaign, c.occurred, c.event_id
        """,  # noqa: S608
    ),
    Check(
        "unknown-stages",
        "Stages that no plan of the job has",
        "An application entered a stage that none of the plans of its jobs knows. The stage has no milestone, and the "
        "way through it is in no funnel.",
        "publish a plan that has the stage and switch the job to it with a map of stages",
        f"""
        WITH at_work AS (
            SELECT application_id, data ->> 'job_id' AS job FROM facts WHERE type = 'ats.application.submitted'
            UNION SELECT application_id, data ->> 'to_job' FROM facts WHERE type = 'ats.application.transferred'
        ), plans AS (
            SELECT DISTINCT data ->> 'job_id' AS job, data ->> 'plan_id' AS plan, data ->> 'plan_version' AS version
            FROM facts WHERE type IN ('ats.job.opened', 'ats.job.stage-plan-changed')
        ), stages AS (
            SELECT p.job, stage ->> 'id' AS stage FROM plans p JOIN facts s ON s.stream = 'stage-plan-' || p.plan
            AND s.type = 'ats.stage-plan.published' AND s.data ->> 'version' = p.version
            CROSS JOIN LATERAL jsonb_array_elements(s.data -> 'stages') stage
        ), known AS (
            SELECT DISTINCT w.application_id, s.stage FROM at_work w JOIN stages s USING (job)
        )
        SELECT {columns("e")}, 'stage ' || e.stage AS detail FROM (
            SELECT *, coalesce(data ->> 'to_stage', data ->> 'stage') AS stage FROM facts WHERE type IN (
                'ats.application.submitted', 'ats.application.advanced', 'ats.application.moved-back',
                'ats.application.transferred'
            )
        ) e
        WHERE EXISTS (SELECT FROM known k WHERE k.application_id = e.application_id)
        AND NOT EXISTS (SELECT FROM known k WHERE k.application_id = e.application_id AND k.stage = e.stage)
        """,  # noqa: S608
    ),
    Check(
        "filled-without-acceptance",
        "Seats filled by no acceptance",
        "A seat was filled by an offer whose acceptance is not known. Reports take the acceptance for the truth, so "
        "the seat stays open in them.",
        "record the acceptance in the ATS, or reopen the seat",
        f"""
        SELECT {columns("o")}, 'offer ' || (o.data ->> 'offer_id') AS detail FROM facts o
        WHERE o.type = 'ats.opening.filled' AND NOT EXISTS (
            SELECT FROM facts a WHERE a.stream = 'offer-' || (o.data ->> 'offer_id') AND a.type = 'ats.offer.accepted'
        )
        """,  # noqa: S608
    ),
)
