"""Two pages to read along: the channels of the workspace and the mails of the mailbox."""

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape, unescape
from itertools import islice
from typing import Any

from fastapi.responses import HTMLResponse

from deploy.local.outside.mailbox import Mail
from deploy.local.outside.workspace import Channel, Message

NEWEST = 200

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; color: #1d1c1d }
nav a { margin-right: .8rem } article { border-top: 1px solid #ddd; padding: .6rem 0 }
time, small { color: #616061 } pre { white-space: pre-wrap; font: inherit; margin: .2rem 0 }
.button { border: 1px solid #bbb; border-radius: 4px; padding: 0 .5rem }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

# What Slack calls mrkdwn writes links and mentions as <target|label>.
REFERENCE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def home() -> HTMLResponse:
    return _page("Outside", '<p><a href="/slack/">Slack</a></p><p><a href="/mail/">Mailbox</a></p>')


def slack(channels: list[Channel], messages: list[Message], chosen: str | None) -> HTMLResponse:
    """The newest messages, newest first, of one channel or of all."""
    names = {channel.id: ("" if channel.user else "#") + channel.name for channel in channels}
    people = {channel.user: channel.name for channel in channels if channel.user}
    spoken = {message.channel for message in messages}
    links = "".join(f'<a href="?channel={escape(id)}">{escape(name)}</a>' for id, name in names.items() if id in spoken)
    shown = islice((m for m in reversed(messages) if chosen in (None, m.channel)), NEWEST)
    articles = "".join(
        f"<article><b>{escape(names.get(message.channel, message.channel))}</b> <time>{_time(message.ts)}</time>"
        f"{' <small>(edited)</small>' if message.edited else ''}{_content(message, people)}</article>"
        for message in shown
    )
    nav = f'<nav><a href="/slack/">everything</a>{links}</nav>'
    return _page("Slack", nav + (articles or "<p>No message yet.</p>"), refresh=True)


def mails(newest: Iterable[Mail]) -> HTMLResponse:
    rows = "".join(
        f'<article><a href="/mail/{mail.id}">{escape(mail.subject or "(no subject)")}</a> '
        f"<time>{mail.received:%Y-%m-%d %H:%M:%S}Z</time><br><small>to {escape(', '.join(mail.to))}</small></article>"
        for mail in islice(newest, NEWEST)
    )
    return _page("Mailbox", rows or "<p>No mail yet.</p>", refresh=True)


def mail(one: Mail) -> HTMLResponse:
    headers = "".join(f"<small>{escape(name)}: {escape(value)}</small><br>" for name, value in one.headers.items())
    return _page(one.subject or "(no subject)", f"<article>{headers}<pre>{escape(one.text)}</pre></article>")


def _page(title: str, body: str, refresh: bool = False) -> HTMLResponse:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}<title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>",
        headers=HEADERS,
    )


def _content(message: Message, people: dict[str, str]) -> str:
    lines = [line for block in message.blocks for line in _lines(block, people)]
    return "".join(f"<pre>{line}</pre>" for line in lines or [_mrkdwn(message.text, people)])


def _lines(block: dict[str, Any], people: dict[str, str]) -> Iterable[str]:
    """The texts of a block, whatever its kind; buttons by their label."""
    parts = [block.get("text"), *_list(block.get("fields")), *_list(block.get("elements"))]
    for part in parts:
        if not isinstance(part, dict):
            continue
        text = part.get("text")
        if isinstance(text, str):
            yield _mrkdwn(text, people) if part.get("type") == "mrkdwn" else escape(text)
        elif isinstance(text, dict):
            yield f'<span class="button">{escape(str(text.get("text", "")))}</span>'


def _mrkdwn(text: str, people: dict[str, str]) -> str:
    html, end = "", 0
    for match in REFERENCE.finditer(text):
        html += escape(unescape(text[end : match.start()])) + _reference(match[1], match[2], people)
        end = match.end()
    return html + escape(unescape(text[end:]))


def _reference(target: str, label: str | None, people: dict[str, str]) -> str:
    target = unescape(target)
    if target.startswith("@"):
        return "@" + escape(people.get(target[1:], target[1:]))
    shown = escape(unescape(label or target))
    if not target.startswith(("http://", "https://", "mailto:")):
        return shown
    return f'<a href="{escape(target)}" rel="noopener noreferrer">{shown}</a>'


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _time(ts: str) -> str:
    return f"{datetime.fromtimestamp(int(ts.partition('.')[0]), UTC):%Y-%m-%d %H:%M:%S}Z"
