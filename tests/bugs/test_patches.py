"""The seeded bugs fit the code as it is now, and there is one for each guarantee of the log."""

from pathlib import Path

import pytest

from tests.bugs.patches import BLIND, ROOT, DoesNotApply, Patch, patches

ROWS_OF_THE_LOG = range(1, 17)
ROWS = range(1, 29)
INVARIANTS = {f"I{number}" for number in range(1, 9)}
EVERY = patches() + patches(where=BLIND)


@pytest.mark.parametrize("patch", EVERY, ids=lambda patch: patch.name)
def test_a_patch_applies_and_leaves_python(patch: Patch) -> None:
    patch.check()


@pytest.mark.parametrize("patch", EVERY, ids=lambda patch: patch.name)
def test_a_patch_breaks_the_product_and_no_test_and_says_what(patch: Patch) -> None:
    assert patch.files
    assert [file for file in patch.files if "tests" in file or not file.startswith(("shared/", "services/"))] == []
    assert set(patch.rows) <= set(ROWS)
    assert set(patch.invariants) <= INVARIANTS


def test_every_guarantee_of_the_log_has_a_patch_that_removes_its_protection() -> None:
    named = {row for patch in patches() for row in patch.rows}
    assert [row for row in ROWS_OF_THE_LOG if row not in named] == []


def test_the_document_names_every_patch() -> None:
    text = (ROOT / "docs/seeded-bugs.md").read_text()
    assert [patch.name for patch in EVERY if f"`{patch.name}`" not in text] == []


def test_a_patch_of_code_that_has_changed_is_told_by_its_name(tmp_path: Path) -> None:
    first = patches()[0]
    for file in first.files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("changed = True\n")
    with pytest.raises(DoesNotApply, match=first.name):
        first.check(tmp_path)
