"""How a message looks in Slack: a bold headline, and the facts below it."""

from typing import Any

from services.notifier.templates.words import Words


def escape(text: str) -> str:
    """Slack's three control characters: without them no text becomes a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(words: Words) -> tuple[str, list[dict[str, Any]]]:
    """The text of notifications and screen readers, and the blocks."""
    facts = "\n".join(f"{escape(label)}: {escape(value)}" for label, value in words.facts)
    blocks = [_section(f"*{escape(words.headline)}*"), _section(facts)]
    return escape(words.headline), blocks


def _section(text: str) -> dict[str, Any]:
    # Verbatim: Slack makes no links and mentions of its own out of what people wrote.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
