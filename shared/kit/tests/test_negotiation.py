"""Which form a caller gets, by the header Accept."""

import pytest

from shared.kit.http.negotiation import negotiated
from shared.kit.refusals import NotAcceptable

OFFERED = ("application/json", "application/x-ndjson", "text/csv")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("Text/CSV; charset=utf-8", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/json;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("*/*, application/json;q=0", "application/x-ndjson"),
        ("application/*;q=0.2, text/*;q=0.3", "text/csv"),
        ("application/json;q=much, text/csv;q=0.1", "text/csv"),
    ],
)
def test_the_form_that_is_liked_best_is_given(accept: str | None, form: str) -> None:
    assert negotiated(accept, OFFERED) == form


@pytest.mark.parametrize("accept", ["text/html", "text/csv;q=0", "*/*;q=0", "csv", "/", ";;;,=,"])
def test_what_nothing_fits_is_refused_with_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        negotiated(accept, OFFERED)
    assert refused.value.next_step == "accept application/json or application/x-ndjson or text/csv"
