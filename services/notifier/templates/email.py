"""How a message looks as a mail: plain text."""

from services.notifier.templates.words import Words

FOOTER = "You get this because of your part in it. Sent by Hirelog; replies are not read."


def render(words: Words) -> tuple[str, str]:
    """Subject and text."""
    facts = "\n".join(f"{label}: {value}" for label, value in words.facts)
    return words.headline, f"{words.headline}\n\n{facts}\n\n-- \n{FOOTER}\n"
