"""What messages say, and that nothing people wrote does more than stand there."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.notifier.templates import email, slack
from services.notifier.templates.words import LONGEST, Told, Words, local, one_line, words
from services.notifier.tests.facts import snapshot_sealed
from shared.events.ats.application import CandidateHired
from shared.events.ats.approval import ApprovalRequested, Group
from shared.events.ats.offer import OfferApproved
from shared.events.ats.scorecard import ScorecardRequested

A, B, C, D = (UUID(int=number) for number in range(1, 5))
APPROVAL = ApprovalRequested(
    approval_id=A, anchor_id=B, anchor_purpose="confidential", subject="requisition", subject_id=B, subject_version=3,
    chain_id=C, chain_version=1, round=2, groups=(Group(n=1, members=(D,)),), requester=C,
)  # fmt: skip
SEALED = snapshot_sealed(D).model_copy(update={"snapshot_id": A})
CASES: list[tuple[Told, str, str]] = [
    (APPROVAL, "Your approval is asked: requisition Engineer", f"Decide: approvals/{A}/decide"),
    (APPROVAL.model_copy(update={"subject": "offer"}), "Your approval is asked: offer for Engineer", f"offers/{B}"),
    (
        ScorecardRequested(
            scorecard_id=A, interview_id=B, application_id=C, person_id=D, interviewer=D, job_id=B, stage="Onsite",
            due=datetime(2026, 3, 3, 9, tzinfo=UTC),
        ),
        "Your scorecard is asked: Engineer, Onsite",
        "Due: Tue 3 Mar 2026, 10:00 (Europe/Berlin)",
    ),
    (
        OfferApproved(offer_id=A, application_id=B, person_id=C, job_id=D, version=2),
        "Approved and ready to go out: offer for Engineer",
        f"Offer: offers/{A}",
    ),
    (
        CandidateHired(
            application_id=A, person_id=B, job_id=C, opening_id=D, offer_id=A, start_date=date(2026, 5, 1)
        ),
        "Hired: Engineer",
        "Starts on: 2026-05-01",
    ),
    (SEALED, "Report: Funnel of last month", "As of: Mon 2 Mar 2026, 08:00 (Europe/Berlin)"),
    (SEALED, "Report: Funnel of last month", "Period: 2026-02 (America/New_York)"),
    (SEALED.model_copy(update={"question": "{}"}), "Report: Funnel of last month", "Period: all until then"),
    (SEALED, "Report: Funnel of last month", f"Snapshot: snapshots/{A}\nSHA-256 of the answer: {'a5' * 32}"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "headline", "fact"), CASES)
def test_it_says_what_it_is_about_and_where_to_go(event: Told, headline: str, fact: str) -> None:
    said = words(event, "Engineer", "Europe/Berlin")
    assert said.headline == headline
    assert fact in email.render(said)[1]
    assert fact in slack.render(said)[1][1]["text"]["text"]


def test_no_name_and_no_pay_is_in_any_message() -> None:
    kinds = {label for event, *_ in CASES for label, _ in words(event, "Engineer", "UTC").facts}
    assert kinds == {
        "Version", "Round", "Requisition", "Offer", "Decide", "Due", "Scorecard", "Interview", "Application",
        "Starts on", "Opening", "Period", "As of", "Snapshot", "SHA-256 of the answer",
    }  # fmt: skip


def test_a_title_not_known_here_is_said_to_be_that() -> None:
    assert words(APPROVAL, None, "UTC").headline.endswith("(title not known here)")


def test_slack_makes_no_mention_and_no_link_of_what_people_wrote() -> None:
    text, blocks = slack.render(Words("<!channel> & <https://evil.example|go>", (("Due", "<@U1>"),)))
    assert text == "&lt;!channel&gt; &amp; &lt;https://evil.example|go&gt;"
    assert [block["text"]["text"] for block in blocks] == [f"*{text}*", "Due: &lt;@U1&gt;"]
    assert all(block["text"]["verbatim"] for block in blocks)


def test_a_title_is_one_line_of_what_can_be_seen() -> None:
    assert one_line("Engineer\r\nBcc: all@example.com\x00\u202e") == "Engineer Bcc: all@example.com"
    assert one_line("{{7*7}} ${x}") == "{{7*7}} ${x}"
    assert len(one_line("x" * 1000)) == LONGEST


def test_a_zone_that_is_not_known_here_shows_utc() -> None:
    assert local(datetime(2026, 3, 3, 9, tzinfo=UTC), "Mars/Olympus") == "Tue 3 Mar 2026, 09:00 (UTC)"
