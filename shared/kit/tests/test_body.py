"""What one line of text may hold."""

from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from shared.kit.http.body import Label, OneLine

LABEL = TypeAdapter(Label)
NAME = TypeAdapter(Annotated[str, StringConstraints(strip_whitespace=True), OneLine])


@pytest.mark.parametrize(
    "name",
    [
        "Sam O'Neill-Example", "D\u2019Arcy", "Zoë", "Zoe\u0308", "山田\u3000太郎", "김민준", "דוד", "محمد (Sam)",
        "علی\u200cرضا", "ශ්\u200dරී", "Sam\u00a0Example", "Sam \u200eדוד", "X",  # noqa: RUF001
    ],
)  # fmt: skip
def test_a_name_is_kept_as_it_was_written_whatever_its_script(name: str) -> None:
    assert NAME.validate_python(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    ["Sam\nExample", "Sam\rExample", "Sam\tExample", "Sam\u0085Example", "Sam\u2028Example", "Sam\u2029Example",
     "Sam\x1b[31m", "Sam\x7f", "Sam \u202eelpmaxE", "Sam \u2066Example\u2069", "Sam\u202c"],
)  # fmt: skip
def test_neither_a_name_nor_a_label_breaks_its_line_or_turns_what_follows(name: str) -> None:
    for kind in (NAME, LABEL):
        with pytest.raises(ValidationError, match="holds a control character"):
            kind.validate_python(name)


@pytest.mark.parametrize("blank", ["\u3164", "\u115f\u1160", "\uffa0", "\u2800 \u2800", "\ufe0f", "\u034f"])
def test_neither_a_name_nor_a_label_is_made_of_what_nobody_sees(blank: str) -> None:
    for kind in (NAME, LABEL):
        with pytest.raises(ValidationError, match="nothing that can be seen"):
            kind.validate_python(blank)
        assert kind.validate_python(f"Kim {blank}Example") == f"Kim {blank}Example"


@pytest.mark.parametrize("blank", ["\u200b", "\u200d", "\ufeff", "\u200f\u200e", "\u00ad"])
def test_nor_of_joiners_and_marks_alone(blank: str) -> None:
    for kind in (NAME, LABEL):
        with pytest.raises(ValidationError):
            kind.validate_python(blank)
