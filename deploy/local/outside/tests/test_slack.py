"""The real slack-sdk against the local workspace."""

import pytest
from slack_sdk.errors import SlackApiError

from deploy.local.outside.tests.conftest import TOKEN, Outside

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Approve* <https://example.com/o/1|the offer>"}}]


async def refused(call: object) -> str:
    with pytest.raises(SlackApiError) as error:
        await call  # type: ignore[misc]
    assert error.value.response.status_code == 200
    return str(error.value.response["error"])


async def kept(outside: Outside, **query: str) -> list[dict[str, object]]:
    answer = await outside.http.get("/slack/messages", params=query)
    assert answer.status_code == 200
    return list(answer.json())


async def test_a_person_is_found_by_email_and_reads_what_is_posted_to_them(outside: Outside) -> None:
    user = await outside.person("ada@example.com")
    slack = outside.slack()
    found = await slack.users_lookupByEmail(email="ADA@example.com")
    metadata = {"event_type": "approval_requested", "event_payload": {"message_id": "m-1"}}
    posted = await slack.chat_postMessage(
        channel=found["user"]["id"], text="Please approve", blocks=BLOCKS, metadata=metadata, client_msg_id="m-1"
    )

    assert found["user"]["id"] == user
    assert found["user"]["tz"] == "Europe/Berlin"
    assert posted["channel"].startswith("D")
    assert posted["message"]["ts"] == posted["ts"]
    (message,) = await kept(outside, channel=user)
    assert message["ts"] == posted["ts"]
    assert (message["user"], message["email"], message["text"]) == (user, "ada@example.com", "Please approve")
    assert (message["blocks"], message["metadata"], message["client_msg_id"]) == (BLOCKS, metadata, "m-1")


async def test_the_direct_messages_opened_are_those_that_posting_to_the_user_opens(outside: Outside) -> None:
    user = await outside.person("dm@example.com")
    slack = outside.slack()
    opened = (await slack.conversations_open(users=[user]))["channel"]["id"]
    assert (await slack.chat_postMessage(channel=opened, text="one"))["channel"] == opened
    assert (await slack.chat_postMessage(channel=user, text="two"))["channel"] == opened
    assert [message["text"] for message in await kept(outside, channel=opened)] == ["one", "two"]


async def test_every_message_has_its_own_rising_ts(outside: Outside) -> None:
    slack = outside.slack()
    stamps = [(await slack.chat_postMessage(channel="#general", text=str(n)))["ts"] for n in range(10)]
    assert stamps == sorted(set(stamps), key=float)


async def test_an_update_with_text_alone_takes_the_blocks_away(outside: Outside) -> None:
    slack = outside.slack()
    user = await outside.person("update@example.com")
    posted = await slack.chat_postMessage(channel=user, text="open", blocks=BLOCKS)
    changed = await slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="decided")
    assert (changed["ts"], changed["text"]) == (posted["ts"], "decided")
    (message,) = await kept(outside, channel=user)
    assert (message["text"], message["blocks"]) == ("decided", [])
    assert message["edited"]


async def test_the_history_of_a_conversation_is_read_back_newest_first_page_by_page(outside: Outside) -> None:
    slack, user = outside.slack(), await outside.person("history@example.com")
    metadata = {"event_type": "told", "event_payload": {"notification_id": "n-2"}}
    stamps = []
    for number in range(5):
        told = metadata if number == 2 else None
        stamps.append((await slack.chat_postMessage(channel=user, text=str(number), metadata=told))["ts"])
    channel = "D" + user[1:]

    pages = [dict(page.data) async for page in await slack.conversations_history(channel=channel, limit=2)]
    assert [[message["text"] for message in page["messages"]] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert "metadata" not in pages[1]["messages"][0]
    whole = await slack.conversations_history(channel=channel, include_all_metadata=True)
    assert [message.get("metadata") for message in whole["messages"]] == [None, None, metadata, None, None]

    for inclusive, texts in ((False, ["2"]), (True, ["3", "2", "1"])):
        read = await slack.conversations_history(
            channel=channel, oldest=stamps[1], latest=stamps[3], inclusive=inclusive
        )
        assert [message["text"] for message in read["messages"]] == texts


async def test_a_form_carries_blocks_as_json_text(outside: Outside) -> None:
    data = {"token": TOKEN, "channel": "general", "text": "form", "blocks": '[{"type": "divider"}]'}
    answer = (await outside.http.post("/slack/api/chat.postMessage", data=data)).json()
    assert answer["ok"], answer
    assert answer["message"]["blocks"] == [{"type": "divider"}]


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
async def test_refusals_are_those_of_slack(outside: Outside) -> None:
    slack = outside.slack()
    user = await outside.person("refusals@example.com")
    post, update = slack.chat_postMessage, slack.chat_update
    ts = (await post(channel=user, text="mine"))["ts"]
    before = len(await kept(outside))

    assert await refused(outside.slack(token="").auth_test()) == "not_authed"
    assert await refused(outside.slack(token="xoxb-other").chat_postMessage(channel=user, text="x")) == "invalid_auth"
    assert await refused(slack.users_lookupByEmail(email="nobody@example.com")) == "users_not_found"
    assert await refused(slack.users_info(user="U0")) == "user_not_found"
    assert await refused(slack.conversations_open(users=["U0"])) == "user_not_found"
    assert await refused(post(channel="C0", text="x")) == "channel_not_found"
    assert await refused(post(channel=user)) == "no_text"
    assert await refused(post(channel=user, text="x" * 40_001)) == "msg_too_long"
    assert await refused(post(channel=user, text="x", blocks=[{"type": "divider"}] * 51)) == "invalid_blocks"
    assert await refused(post(channel=user, text="x", blocks='"no list"')) == "invalid_blocks_format"
    assert await refused(post(channel=user, text="x", metadata={"event_type": "e"})) == "invalid_metadata_format"
    assert await refused(update(channel=user, ts=ts, text="x")) == "channel_not_found"
    assert await refused(update(channel="D" + user[1:], ts="1.000000", text="x")) == "message_not_found"
    assert await refused(slack.conversations_history(channel=user)) == "channel_not_found"
    assert await refused(slack.conversations_history(channel="D" + user[1:], oldest="abc")) == "invalid_ts_oldest"
    assert await refused(slack.conversations_history(channel="D" + user[1:], cursor="?")) == "invalid_cursor"
    assert await refused(slack.api_call("chat.shout")) == "unknown_method"
    assert len(await kept(outside)) == before


async def test_bodies_that_are_no_arguments_are_refused(outside: Outside) -> None:
    async def post(content: str, kind: str = "application/json") -> str:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        answer = await outside.http.post("/slack/api/chat.postMessage", content=content, headers=headers)
        assert answer.status_code == 200
        return str(answer.json().get("error", ""))

    assert await post("{") == "invalid_json"
    assert await post('{"channel": "general", "text": "\\ud800"}') == "invalid_json"
    assert await post("[]") == "json_not_object"
    assert await post("x", kind="image/png") == "invalid_post_type"
    for depth in (150, 220, 300):
        block = f'{{"type": "x", "deep": {"[" * depth}{"]" * depth}}}'
        deep = await post(f'{{"channel": "general", "text": "deep", "blocks": [{block}]}}')
        assert deep == ("" if depth == 150 else "invalid_arguments")
    too_big = await outside.http.post("/slack/api/chat.postMessage", content="x" * (1024 * 1024 + 1))
    assert too_big.status_code == 413


async def test_the_list_of_people_is_paged_to_its_end(outside: Outside) -> None:
    emails = {f"page{n}@example.com" for n in range(5)}
    for email in emails:
        await outside.person(email)
    listed = [user async for page in await outside.slack().users_list(limit=2) for user in page["members"]]
    assert len(listed) == len({user["id"] for user in listed})
    assert emails <= {user["profile"]["email"] for user in listed}
    assert await refused(outside.slack().users_list(cursor="bm9uZQ==")) == "invalid_cursor"


async def test_the_page_shows_messages_and_runs_nothing_of_them(outside: Outside) -> None:
    slack = outside.slack()
    user = await outside.person("page@example.com", name="<b>Bo</b>")
    text = (
        "&lt;script&gt;alert(1)&lt;/script&gt; <script> <javascript:alert(1)|click> "
        "<https://a.example/?x=1&amp;y=2|go> &lt;script&gt;"
    )
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    await slack.chat_postMessage(channel=user, text="x", blocks=blocks)
    page = await outside.http.get("/slack/", params={"channel": "D" + user[1:]})
    assert "<script" not in page.text
    assert "javascript:" not in page.text
    assert 'href="https://a.example/?x=1&amp;y=2"' in page.text
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
