"""Which of the forms that an answer can have the caller wants: the header Accept, RFC 9110 section 12.5.1."""

from collections.abc import Sequence

from shared.kit.refusals import NotAcceptable


def negotiated(accept: str | None, offered: Sequence[str]) -> str:
    """The media type that is liked best, of equals the first that is offered. Raises NotAcceptable."""
    liked = {form: _liking(accept or "*/*", form) for form in offered}
    best = max(offered, key=lambda form: liked[form])
    if not liked[best]:
        raise NotAcceptable("None of the forms that you accept is offered", f"accept {' or '.join(offered)}")
    return best


def _liking(accept: str, form: str) -> float:
    """The q of the range that names the form most exactly, 0 where none does."""
    ranges = ["*/*", f"{form.partition('/')[0]}/*", form]
    found = [(ranges.index(named), q) for named, q in map(_range, accept.split(",")) if named in ranges]
    return max(found, default=(0, 0.0))[1]


def _range(text: str) -> tuple[str, float]:
    """Without parameters but for q; one that can't be read is not liked at all."""
    named, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((value for key, _, value in (p.partition("=") for p in parameters) if key.strip() == "q"), "1")
    try:
        return named, min(1.0, max(0.0, float(quality)))
    except ValueError:
        return named, 0.0
