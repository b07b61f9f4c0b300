"""A session of cosmic-ray: its mutants, a seeded sample of them, and what has become of each so far."""

import ast
import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MUTANTS = """
SELECT w.job_id, module_path, operator_name, occurrence, definition_name, start_pos_row, start_pos_col,
    lower(test_outcome), output
FROM work_items w JOIN mutation_specs USING (job_id) LEFT JOIN work_results USING (job_id)
ORDER BY module_path, operator_name, occurrence
"""
# pytest's word for a test file that can't be imported.
AT_IMPORT = "error during collection"


@dataclass(frozen=True)
class Mutant:
    """`outcome` is cosmic-ray's, None as long as it was not tried; `output` that of its tests.

    `incompetent` is one that cosmic-ray failed to make; its own report counts it among the killed.
    """

    job: str
    module: str
    operator: str
    occurrence: int
    definition: str | None
    line: int
    column: int
    outcome: str | None
    output: str | None

    @property
    def where(self) -> str:
        return f"{self.module}:{self.line} {self.definition or ''} {self.operator} {self.occurrence}"

    @property
    def killed(self) -> bool:
        return self.outcome == "killed"

    @property
    def at_import(self) -> bool:
        """It could not even be imported: killed, and nobody's merit."""
        return self.killed and AT_IMPORT in (self.output or "")

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

    def keep_sample(self, size: int, seed: int, tree: Path) -> None:
        """Forgets all mutants but `size` of them; those of type annotations, which no test runs, anyway."""
        everything = self.mutants()
        annotations = {module: _annotations(tree / module) for module in {mutant.module for mutant in everything}}
        real = [
            mutant
            for mutant in everything
            if not any(begin <= (mutant.line, mutant.column) < end for begin, end in annotations[mutant.module])
        ]
        kept = {mutant.job for mutant in random.Random(seed).sample(real, min(size, len(real)))}
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


def _annotations(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where they begin and end, as (line, column)."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
    return [
        ((one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0))
        for one in found
        if one is not None
    ]
