"""Rate limits and planned faults, as the clients of the real services meet them."""

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from deploy.local.outside.allowance import Allowance
from deploy.local.outside.tests.conftest import Outside, Start


async def texts(outside: Outside) -> list[str]:
    return [message["text"] for message in (await outside.http.get("/slack/messages")).json()]


async def test_a_channel_takes_its_burst_and_then_names_the_wait(start: Start, tmp_path: Path) -> None:
    async with start(tmp_path, "--messages-per-second", "0.1", "--burst", "2") as outside:
        slack, user = outside.slack(), await outside.person("ada@example.com")
        for text in ("1", "2"):
            await slack.chat_postMessage(channel="#general", text=text)
        with pytest.raises(SlackApiError) as error:
            await slack.chat_postMessage(channel="general", text="3")
        assert error.value.response.status_code == 429
        assert error.value.response["error"] == "ratelimited"
        assert 9 <= int(error.value.response.headers["Retry-After"]) <= 10
        await slack.chat_postMessage(channel=user, text="another channel is free")
        assert await texts(outside) == ["1", "2", "another channel is free"]


def test_who_waits_as_told_may_post_again() -> None:
    now = 0.0
    allowance = Allowance(per_second=0.5, burst=1, clock=lambda: now)
    assert [allowance.retry_after("C1"), allowance.retry_after("C1")] == [0, 2]
    now = 1.0
    assert allowance.retry_after("C1") == 1
    now = 2.0
    assert allowance.retry_after("C1") == 0


async def test_a_planned_429_is_over_after_its_count(outside: Outside) -> None:
    await outside.fails("slack.chat.postMessage", "429", next=2, retry_after=7)
    slack = outside.slack()
    for _ in range(2):
        with pytest.raises(SlackApiError) as error:
            await slack.chat_postMessage(channel="general", text="limited")
        assert (error.value.response.status_code, error.value.response.headers["Retry-After"]) == (429, "7")
    await slack.chat_postMessage(channel="general", text="after the limit")
    assert "limited" not in await texts(outside)
    assert "after the limit" in await texts(outside)


@pytest.mark.parametrize(
    ("fail", "status", "code"),
    [("500", 500, "internal_error"), ("503", 503, "service_unavailable"), ("ok:false:is_archived", 200, "is_archived")],
)
async def test_a_planned_failure_is_answered_as_told(outside: Outside, fail: str, status: int, code: str) -> None:
    await outside.fails("slack.chat.postMessage", fail)
    with pytest.raises(SlackApiError) as error:
        await outside.slack().chat_postMessage(channel="general", text=fail)
    assert (error.value.response.status_code, error.value.response["error"]) == (status, code)
    assert fail not in await texts(outside)


async def test_a_planned_timeout_posts_nothing_and_never_answers(outside: Outside) -> None:
    await outside.fails("slack.chat.postMessage", "timeout")
    slack = outside.slack()
    slack.timeout = 1
    with pytest.raises(asyncio.TimeoutError):
        await slack.chat_postMessage(channel="general", text="never")
    assert "never" not in await texts(outside)


async def test_a_planned_drop_posts_the_message_and_loses_the_answer(outside: Outside) -> None:
    await outside.fails("slack.chat.postMessage", "drop")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await outside.slack().chat_postMessage(channel="general", text="dropped")
    assert (await texts(outside)).count("dropped") == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"where": "slack.chat.postMessage", "fail": "404"},
        {"where": "smtp", "fail": "ok:false:no_text"},
        {"where": "elsewhere", "fail": "timeout"},
        {"where": "smtp", "fail": "451", "next": 0},
        {"where": "smtp", "fail": "451", "nxet": 2},
    ],
)
async def test_a_fault_that_could_never_happen_is_refused(outside: Outside, fault: dict[str, object]) -> None:
    assert (await outside.http.post("/faults", json=fault)).status_code == 422
    assert (await outside.http.get("/faults")).json() == []


async def test_faults_can_be_forgotten(outside: Outside) -> None:
    await outside.fails("slack.auth.test", "500", next=100)
    await outside.http.delete("/faults")
    assert (await outside.slack().auth_test())["ok"]


async def test_sigterm_ends_it_in_time_although_somebody_waits_for_an_answer(start: Start, tmp_path: Path) -> None:
    async with start(tmp_path) as outside:
        await outside.fails("slack.auth.test", "timeout")
        waiting = asyncio.create_task(outside.slack().auth_test())
        async with asyncio.timeout(5):
            while (await outside.http.get("/faults")).json():
                pass
        _, idle = await asyncio.open_connection("127.0.0.1", outside.smtp_port)
        began = time.monotonic()
        outside.process.terminate()
        assert await asyncio.wait_for(outside.process.wait(), 8) == 0
        assert time.monotonic() - began < 4
        idle.close()
        with pytest.raises(aiohttp.ClientError):
            await waiting
