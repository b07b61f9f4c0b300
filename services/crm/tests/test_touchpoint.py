"""What can come of a message, and what a hand-over tells of touchpoints."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.crm.domain import touchpoint
from services.crm.domain.touchpoint import MOST_TOUCHES, NotAMessage, NotTracked, Touchpoint, evolve, touches
from shared.events.crm.touchpoint import (
    TouchpointBounced,
    TouchpointClicked,
    TouchpointLogged,
    TouchpointOpened,
    TouchpointReplied,
    TouchpointSent,
)
from shared.events.event import Event
from shared.events.personal import Clear
from shared.kit.testing.scenario import Scenario

PERSON, CAMPAIGN, OF = uuid4(), uuid4(), uuid4()
MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def message(tracked: bool = True) -> TouchpointSent:
    return TouchpointSent(
        touchpoint_id=OF, person_id=PERSON, message="M1", channel="email", source_type="sourced", tracked=tracked,
        campaign=CAMPAIGN, step=2,
    )  # fmt: skip


def call() -> TouchpointLogged:
    return TouchpointLogged(touchpoint_id=uuid4(), person_id=PERSON, kind="call", source_type="sourced")


def sent(tracked: bool = True) -> Scenario[Touchpoint]:
    return Scenario(evolve, [message(tracked)])


def test_every_opening_is_recorded_and_a_machine_s_shows_as_none() -> None:
    scenario = sent()
    assert scenario.when(touchpoint.open_message, machine=True) == [
        TouchpointOpened(touchpoint_id=OF, person_id=PERSON, machine=True)
    ]
    assert not scenario.state.opened
    assert len(scenario.when(touchpoint.open_message, machine=False)) == 1
    assert len(scenario.when(touchpoint.open_message, machine=False)) == 1
    assert scenario.state.opened


def test_a_click_implies_no_opening() -> None:
    scenario = sent()
    [event] = scenario.when(touchpoint.click, "job", machine=False)
    assert event == TouchpointClicked(touchpoint_id=OF, person_id=PERSON, link="job", machine=False)
    assert (scenario.state.clicked, scenario.state.opened) == (frozenset({"job"}), False)


def test_a_reply_names_message_campaign_and_step() -> None:
    scenario = sent()
    [event] = scenario.when(touchpoint.reply, automatic=False, sentiment="positive", text="Gladly")
    assert event == TouchpointReplied(
        touchpoint_id=OF, person_id=PERSON, channel="email", source_type="sourced", automatic=False, message="M1",
        campaign=CAMPAIGN, step=2, sentiment="positive", text=Clear("Gladly"),
    )  # fmt: skip


def test_an_automatic_reply_is_none_of_the_person() -> None:
    scenario = sent()
    assert len(scenario.when(touchpoint.reply, automatic=True)) == 1
    assert not scenario.state.replied


def test_a_soft_bounce_may_turn_hard_and_not_back() -> None:
    scenario = sent()
    soft = TouchpointBounced(touchpoint_id=OF, person_id=PERSON, kind="soft")
    assert scenario.when(touchpoint.bounce, "soft") == [soft]
    assert scenario.when(touchpoint.bounce, "soft") == []
    assert len(scenario.when(touchpoint.bounce, "hard")) == 1
    assert scenario.when(touchpoint.bounce, "soft") == []
    assert scenario.state.bounced == "hard"


def test_a_complaint_is_recorded_once() -> None:
    scenario = sent()
    assert len(scenario.when(touchpoint.complain)) == 1
    assert scenario.when(touchpoint.complain) == []


def test_what_was_not_tracked_is_neither_opened_nor_clicked_but_answered() -> None:
    with pytest.raises(NotTracked):
        sent(tracked=False).when(touchpoint.open_message, machine=False)
    with pytest.raises(NotTracked):
        sent(tracked=False).when(touchpoint.click, "job", machine=False)
    assert len(sent(tracked=False).when(touchpoint.reply, automatic=False)) == 1


@pytest.mark.parametrize(
    ("decide", "given"),
    [
        (touchpoint.open_message, (False,)),
        (touchpoint.click, ("job", False)),
        (touchpoint.reply, (False,)),
        (touchpoint.bounce, ("hard",)),
        (touchpoint.complain, ()),
    ],
)
def test_nothing_of_that_comes_of_a_call(decide: Callable[..., Sequence[Event]], given: tuple[Any, ...]) -> None:
    with pytest.raises(NotAMessage):
        Scenario(evolve, [call()]).when(decide, *given)


def test_a_hand_over_tells_what_was_sent_answered_and_logged_oldest_first() -> None:
    [reply] = sent().when(touchpoint.reply, automatic=False)
    [machine_reply] = sent().when(touchpoint.reply, automatic=True)
    [opened] = sent().when(touchpoint.open_message, machine=False)
    happened = [call(), reply, machine_reply, opened, message()]
    told = touches((MONDAY - timedelta(hours=at), event) for at, event in enumerate(happened))
    assert [touch.kind for touch in told] == ["sent", "replied", "call"]
    assert [touch.occurred for touch in told] == [MONDAY - timedelta(hours=at) for at in (4, 1, 0)]
    assert told[0].campaign == CAMPAIGN


def test_a_hand_over_tells_the_newest_and_not_without_end() -> None:
    told = touches((MONDAY - timedelta(hours=at), call()) for at in range(MOST_TOUCHES + 5))
    assert len(told) == MOST_TOUCHES
    assert told[-1].occurred == MONDAY
