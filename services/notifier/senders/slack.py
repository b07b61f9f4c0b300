"""Direct messages through Slack's Web API."""

from collections.abc import Awaitable
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from services.notifier.domain.member import Member
from services.notifier.senders.port import Letter, NotNow, Refused, Unreachable
from services.notifier.templates import slack as template

CALL_S = 8
RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# Something of the call may have succeeded, as Slack's documentation says of each of these.
FAULTS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
NOT_HERE = frozenset(
    {"users_not_found", "user_not_found", "user_not_visible", "user_disabled", "cannot_dm_bot", "messages_tab_disabled"}
)
# An operator mends these, and then the message leaves after all.
MENDABLE = frozenset(
    {
        "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
        "missing_scope", "no_permission", "access_denied", "ekm_access_denied", "team_access_not_granted",
        "org_login_required", "channel_not_found",
    }
)  # fmt: skip
LIMITED_S = 30.0
EVENT_TYPE = "hirelog_notification"
CLOCKS_APART = timedelta(minutes=5)
CACHED = 10_000
PAGE = 200


class Slack:
    """A message that may have arrived is looked up by its metadata before it is posted again: so it is there once."""

    channel = "slack"

    def __init__(self, url: str, token: str) -> None:
        self._client = AsyncWebClient(token, f"{url.rstrip('/')}/", timeout=CALL_S, retry_handlers=[])
        # The SDK takes a proxy from the environment for every host, this one's own included.
        self._client.proxy = None
        self._conversations: dict[str, str] = {}

    async def send(self, letter: Letter, member: Member, unsure: bool) -> str:
        to = await self._conversation(member, unsure)
        if unsure and await self._arrived(to, letter):
            return "found"
        text, blocks = template.render(letter.words)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"notification_id": str(letter.id)}}
        await self._ask(
            self._client.chat_postMessage(
                channel=to, text=text, blocks=blocks, metadata=metadata, parse="none", unfurl_links=False
            ),
            unsure=False,
            unsure_without_answer=True,
        )
        return "accepted"

    async def _conversation(self, member: Member, unsure: bool) -> str:
        who = member.slack_user or member.email_address
        if who is None:
            raise Unreachable("no_address")
        if who not in self._conversations:
            user = member.slack_user
            if user is None:
                user = (await self._ask(self._client.users_lookupByEmail(email=who), unsure))["user"]["id"]
            opened = await self._ask(self._client.conversations_open(users=[user]), unsure)
            if len(self._conversations) >= CACHED:
                self._conversations.clear()
            self._conversations[who] = opened["channel"]["id"]
        return self._conversations[who]

    async def _arrived(self, channel: str, letter: Letter) -> bool:
        since, cursor = (letter.queued - CLOCKS_APART).timestamp(), None
        while True:
            page = await self._ask(
                self._client.conversations_history(
                    channel=channel, oldest=f"{since:.6f}", include_all_metadata=True, limit=PAGE, cursor=cursor
                ),
                unsure=True,
            )
            for message in page["messages"]:
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("notification_id") == str(letter.id):
                    return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False

    async def _ask(
        self, call: Awaitable[AsyncSlackResponse], unsure: bool, unsure_without_answer: bool = False
    ) -> AsyncSlackResponse:
        without_answer = unsure or unsure_without_answer
        try:
            return await call
        except SlackApiError as error:
            raise self._judged(error, unsure, without_answer) from None
        except aiohttp.ClientConnectorError:
            raise NotNow("unreachable", unsure) from None
        except (aiohttp.ClientError, TimeoutError):
            raise NotNow("no_answer", without_answer) from None

    def _judged(self, error: SlackApiError, unsure: bool, without_answer: bool) -> Unreachable | Refused | NotNow:
        answer = error.response
        # The SDK hands on its own response, or the bare one where the body is not JSON.
        whole = isinstance(answer, AsyncSlackResponse)
        status: int = answer.status_code if whole else answer.status
        code: str = (answer.get("error") if whole else None) or str(status)
        if status == 429 or code in RATE_LIMITED:
            wait = str(answer.headers.get("Retry-After", ""))
            return NotNow("ratelimited", unsure, float(wait) if wait.isdecimal() else LIMITED_S)
        if status >= 500 or code in FAULTS:
            return NotNow(code, without_answer)
        if code == "channel_not_found":
            self._conversations.clear()
        if code in MENDABLE:
            return NotNow(code, unsure)
        return Unreachable(code) if code in NOT_HERE else Refused(code)
