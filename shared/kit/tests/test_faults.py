"""What is said of an error, in logs and beside parked records, holds nothing of what was in the event."""

import asyncpg

from shared.kit.faults import describe
from shared.kit.refusals import Missing


def test_our_own_errors_are_told_in_full_and_of_others_only_the_class() -> None:
    assert describe(Missing("There is no note 7")) == "Missing: There is no note 7"
    assert describe(ValueError("'Ada Lovelace' is no number")) == "ValueError"
    assert describe(asyncpg.UniqueViolationError("Key (email)=(ada@example.com)")) == "UniqueViolationError"
