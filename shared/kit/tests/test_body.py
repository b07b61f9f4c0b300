"""What a code, a label and a name may hold."""

from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from shared.kit.http.body import Code, Label, OneLine

CODE = TypeAdapter(Code)
LABEL = TypeAdapter(Label)
NAME = TypeAdapter(Annotated[str, StringConstraints(strip_whitespace=True), OneLine])


@pytest.mark.parametrize("code", ["a", "job_board", "b2b", "a" * 60])
def test_a_code_is_a_word_of_small_letters(code: str) -> None:
    assert CODE.validate_python(code) == code
    assert CODE.json_schema() == {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"}


@pytest.mark.parametrize("code", ["", "Job Board", "job-board", "2go", "_a", "a\n", "a" * 61, "köln", "a٣"])
def test_what_is_no_code_is_answered_with_examples_of_one(code: str) -> None:
    with pytest.raises(ValidationError, match="such as job_board or other_offer"):
        CODE.validate_python(code)


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
