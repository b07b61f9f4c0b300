"""A session of cosmic-ray: its mutants, a seeded sample of them, and what has become of each so far."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MUTANTS = """
SELECT w.job_id, module_path, operator_name, occurrence, definition_name, start_pos_row, lower(test_outcome), output
FROM work_items w JOIN mutation_specs USING (job_id) LEFT JOIN work_results USING (job_id)
ORDER BY module_path, operator_name, occurrence
"""
# pytest's word for a test file that can't be imported.
AT_IMPORT = "error during collection"


@dataclass(frozen=True)
class Mutant:
    """`outcome` is cosmic-ray's, None as long as it was not tried; `output` that of its tests."""

    job: str
    module: str
    operator: str
    occurrence: int
    definition: str | None
    line: int
    outcome: str | None
    output: str | None

    @property
    def where(self) -> str:
        return f"{self.module}:{self.line} {self.definition or ''} {self.operator} {self.occurrence}"

    @property
    def survived(self) -> bool:
        return self.outcome == "survived"

    @property
    def at_import(self) -> bool:
        """It could not even be imported: killed, and nobody's merit."""
        return self.outcome is not None and not self.survived and AT_IMPORT in (self.output or "")

    @property
    def too_slow(self) -> bool:
        return self.output == "timeout"


@dataclass(frozen=True)
class Session:
    path: Path

    def mutants(self) -> list[Mutant]:
        """In an order that depends on the code alone: cosmic-ray's own ids are new each time."""
        with self._open() as database:
            return [Mutant(*row) for row in database.execute(MUTANTS)]

    def keep_sample(self, size: int, seed: int) -> None:
        """Forgets all mutants but `size` of them."""
        everything = self.mutants()
        kept = {mutant.job for mutant in random.Random(seed).sample(everything, min(size, len(everything)))}
        with self._open() as database:
            for table in ("mutation_specs", "work_items"):
                database.executemany(
                    f"DELETE FROM {table} WHERE job_id = ?",
                    [(mutant.job,) for mutant in everything if mutant.job not in kept],
                )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=30)
        try:
            with database:
                yield database
        finally:
            database.close()
