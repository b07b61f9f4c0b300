"""The methods of Slack's Web API that this workspace speaks: arguments in, answer out.

Source: https://docs.slack.dev/reference/methods and github.com/slackapi/slack-api-specs.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.local.outside.arguments import (
    Arguments,
    Refused,
    behind,
    cursor_behind,
    flag,
    limit_of,
    metadata_of,
    objects,
    time_of,
)
from deploy.local.outside.workspace import BOT, BOT_USER, TEAM, Channel, Message, Person, Workspace

Answer = dict[str, Any]

# Slack cuts a posted text here without a word; refusing lets a test see what a reader would miss.
POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
MOST_PEOPLE_A_PAGE = 1000
MOST_MESSAGES_A_PAGE = 999
MESSAGES_A_PAGE = 100


def auth_test(workspace: Workspace, arguments: Arguments) -> Answer:
    names = {"team": "Hirelog", "user": "hirelog", "url": "https://hirelog.slack.com/"}
    return names | {"team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}


def chat_post_message(workspace: Workspace, arguments: Arguments) -> Answer:
    channel = channel_of(workspace, arguments)
    content = _content(arguments)
    if not any(content.get(field) for field in ("text", "blocks", "attachments")):
        raise Refused("no_text")
    if len(content.get("text", "")) > POST_CHARACTERS:
        raise Refused("msg_too_long")
    kept = {name: str(arguments[name]) for name in ("thread_ts", "client_msg_id") if arguments.get(name)}
    message = Message(channel=channel.id, ts=workspace.next_ts(), **content, **kept)
    workspace.messages.put(message)
    return {"channel": channel.id, "ts": message.ts, "message": _message(message)}


def chat_update(workspace: Workspace, arguments: Arguments) -> Answer:
    channel = conversation_of(workspace, arguments)
    message = workspace.messages.get(str(arguments.get("ts", "")))
    if message is None or message.channel != channel.id:
        raise Refused("message_not_found")
    content = _content(arguments)
    if not content.keys() & {"text", "blocks", "attachments"}:
        raise Refused("no_text")
    if len(content.get("text", "")) > UPDATE_CHARACTERS:
        raise Refused("msg_too_long")
    if "blocks" not in content and "text" in content:
        content |= {"blocks": [], "edited": workspace.next_ts()}
    message = message.model_copy(update=content)
    workspace.messages.put(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": _message(message)}


def conversations_open(workspace: Workspace, arguments: Arguments) -> Answer:
    if resumed := arguments.get("channel"):
        channel = workspace.channel(str(resumed))
        if channel is None:
            raise Refused("channel_not_found")
        if channel.user is None:
            raise Refused("method_not_supported_for_channel_type")
    else:
        users = [user for user in str(arguments.get("users", "")).split(",") if user]
        if not users:
            raise Refused("users_list_not_supplied")
        if len(users) > 1:
            raise Refused("too_many_users")
        channel = workspace.channel(users[0]) if workspace.people.get(users[0]) else None
        if channel is None:
            raise Refused("user_not_found")
    if flag(arguments, "return_im"):
        return {"channel": {"id": channel.id, "is_im": True, "user": channel.user, "is_open": True}}
    return {"channel": {"id": channel.id}}


def conversations_history(workspace: Workspace, arguments: Arguments) -> Answer:
    """Newest first. What was said at `oldest` or `latest` itself is left out unless `inclusive`."""
    channel = conversation_of(workspace, arguments)
    oldest, latest = time_of(arguments, "oldest", 0), time_of(arguments, "latest", math.inf)
    bounds = (oldest, latest) if flag(arguments, "inclusive") else ()
    last = behind(arguments, "ts")
    found = [
        message
        for message in reversed(list(workspace.messages))
        if message.channel == channel.id
        and (last is None or message.ts < last)
        and (oldest < float(message.ts) < latest or float(message.ts) in bounds)
    ]
    page = found[: limit_of(arguments, MESSAGES_A_PAGE, MOST_MESSAGES_A_PAGE)]
    more = len(page) < len(found)
    told = flag(arguments, "include_all_metadata")
    answer: Answer = {"messages": [_message(m, metadata=told) for m in page], "has_more": more, "pin_count": 0}
    return answer | ({"response_metadata": {"next_cursor": cursor_behind("ts", page[-1].ts)}} if more else {})


def users_lookup_by_email(workspace: Workspace, arguments: Arguments) -> Answer:
    person = workspace.person_by_email(str(arguments.get("email", "")))
    if person is None:
        raise Refused("users_not_found")
    return {"user": _user(person)}


def users_info(workspace: Workspace, arguments: Arguments) -> Answer:
    person = workspace.people.get(str(arguments.get("user", "")))
    if person is None:
        raise Refused("user_not_found")
    return {"user": _user(person)}


def users_list(workspace: Workspace, arguments: Arguments) -> Answer:
    people = list(workspace.people)
    start = 0
    if (last := behind(arguments, "user")) is not None:
        try:
            start = 1 + next(index for index, person in enumerate(people) if person.id == last)
        except StopIteration as error:
            raise Refused("invalid_cursor") from error
    limit = limit_of(arguments, len(people), MOST_PEOPLE_A_PAGE)
    page = people[start : start + limit]
    more = start + limit < len(people)
    return {
        "members": [_user(person) for person in page],
        "response_metadata": {"next_cursor": cursor_behind("user", page[-1].id) if more else ""},
    }


METHODS: dict[str, Callable[[Workspace, Arguments], Answer]] = {
    "auth.test": auth_test,
    "chat.postMessage": chat_post_message,
    "chat.update": chat_update,
    "conversations.history": conversations_history,
    "conversations.open": conversations_open,
    "users.lookupByEmail": users_lookup_by_email,
    "users.info": users_info,
    "users.list": users_list,
}


def channel_of(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = workspace.channel(str(arguments.get("channel") or ""))
    if channel is None:
        raise Refused("channel_not_found")
    return channel


def conversation_of(workspace: Workspace, arguments: Arguments) -> Channel:
    """By its id: a name or a user's id will do for posting only."""
    channel = channel_of(workspace, arguments)
    if channel.id != arguments.get("channel"):
        raise Refused("channel_not_found")
    return channel


def _content(arguments: Arguments) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if arguments.get("text") is not None:
        content["text"] = str(arguments["text"])
    if arguments.get("blocks") is not None:
        content["blocks"] = objects(arguments["blocks"], "invalid_blocks_format")
        if len(content["blocks"]) > MOST_BLOCKS or not all(isinstance(b.get("type"), str) for b in content["blocks"]):
            raise Refused("invalid_blocks")
    if arguments.get("attachments") is not None:
        content["attachments"] = objects(arguments["attachments"], "invalid_attachments")
        if len(content["attachments"]) > MOST_ATTACHMENTS:
            raise Refused("too_many_attachments")
    if arguments.get("metadata") is not None:
        content["metadata"] = metadata_of(arguments["metadata"])
    return content


def _message(message: Message, metadata: bool = True) -> Answer:
    fixed = {"type": "message", "user": BOT_USER, "bot_id": BOT, "team": TEAM, "ts": message.ts, "text": message.text}
    optional = message.model_dump(include={"blocks", "attachments", "metadata", "thread_ts"})
    if not metadata:
        del optional["metadata"]
    edited = {"edited": {"user": BOT_USER, "ts": message.edited}} if message.edited else {}
    return fixed | {name: value for name, value in optional.items() if value} | edited


def _user(person: Person) -> Answer:
    offset = datetime.now(UTC).astimezone(ZoneInfo(person.tz)).utcoffset()
    return {
        "id": person.id,
        "team_id": TEAM,
        "name": person.email.partition("@")[0],
        "real_name": person.name,
        "deleted": False,
        "is_bot": False,
        "tz": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {"email": person.email, "real_name": person.name, "display_name": person.name, "team": TEAM},
    }
