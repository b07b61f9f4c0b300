"""The methods of Slack's Web API that this workspace speaks: arguments in, answer out.

Source: https://docs.slack.dev/reference/methods and github.com/slackapi/slack-api-specs.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from deploy.local.outside.workspace import BOT, BOT_USER, TEAM, Channel, Message, Person, Workspace

Arguments = Mapping[str, Any]
Answer = dict[str, Any]

# Slack cuts a posted text here without a word; refusing lets a test see what a reader would miss.
POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
MOST_PEOPLE_A_PAGE = 1000


class Refused(Exception):
    """Slack's `ok: false`; the message is the error code."""


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
    channel = workspace.channel(str(arguments.get("channel", "")))
    # A user id opens a conversation when posting, never when updating.
    if channel is None or channel.id != arguments.get("channel"):
        raise Refused("channel_not_found")
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
    if str(arguments.get("return_im", "")).lower() in ("1", "true"):
        return {"channel": {"id": channel.id, "is_im": True, "user": channel.user, "is_open": True}}
    return {"channel": {"id": channel.id}}


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
    if cursor := arguments.get("cursor"):
        try:
            after = base64.b64decode(str(cursor), validate=True).decode().removeprefix("user:")
            start = 1 + next(index for index, person in enumerate(people) if person.id == after)
        except (binascii.Error, UnicodeDecodeError, StopIteration) as error:
            raise Refused("invalid_cursor") from error
    try:
        limit = min(int(arguments.get("limit") or 0) or len(people), MOST_PEOPLE_A_PAGE)
    except (TypeError, ValueError) as error:
        raise Refused("invalid_limit") from error
    if limit < 0:
        raise Refused("invalid_limit")
    page = people[start : start + limit]
    more = start + limit < len(people)
    return {
        "members": [_user(person) for person in page],
        "response_metadata": {"next_cursor": base64.b64encode(f"user:{page[-1].id}".encode()).decode() if more else ""},
    }


METHODS: dict[str, Callable[[Workspace, Arguments], Answer]] = {
    "auth.test": auth_test,
    "chat.postMessage": chat_post_message,
    "chat.update": chat_update,
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


def _content(arguments: Arguments) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if arguments.get("text") is not None:
        content["text"] = str(arguments["text"])
    if arguments.get("blocks") is not None:
        content["blocks"] = _objects(arguments["blocks"], "invalid_blocks_format")
        if len(content["blocks"]) > MOST_BLOCKS or not all(isinstance(b.get("type"), str) for b in content["blocks"]):
            raise Refused("invalid_blocks")
    if arguments.get("attachments") is not None:
        content["attachments"] = _objects(arguments["attachments"], "invalid_attachments")
        if len(content["attachments"]) > MOST_ATTACHMENTS:
            raise Refused("too_many_attachments")
    if arguments.get("metadata") is not None:
        content["metadata"] = _metadata(arguments["metadata"])
    return content


def _metadata(value: object) -> dict[str, Any] | None:
    metadata = _json(value, "invalid_metadata_format")
    if metadata == {}:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return metadata


def _objects(value: object, error: str) -> list[dict[str, Any]]:
    objects = _json(value, error)
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise Refused(error)
    return cast(list[dict[str, Any]], objects)


def _json(value: object, error: str) -> object:
    """A form carries structures as JSON text, a JSON body carries them as they are."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as invalid:
        raise Refused(error) from invalid


def _message(message: Message) -> Answer:
    fixed = {"type": "message", "user": BOT_USER, "bot_id": BOT, "team": TEAM, "ts": message.ts, "text": message.text}
    optional = message.model_dump(include={"blocks", "attachments", "metadata", "thread_ts"})
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
