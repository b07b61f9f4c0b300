"""The seeded bugs: each a patch of the product, headed by what it breaks and whose protection it takes away."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# By somebody who knew the code alone and none of its tests.
BLIND = HERE / "blind"
HEADING = re.compile(
    r"(?P<what>.+?)\nRows: (?P<rows>none|[\d, ]+)\nInvariants: (?P<invariants>[I\d, ]+)\n\n", re.DOTALL
)
CHANGED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Patch:
    """`rows` are those of the guarantees, `invariants` I1 to I8; `files` are what it changes."""

    path: Path
    what: str
    rows: tuple[int, ...]
    invariants: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @classmethod
    def read(cls, path: Path) -> "Patch":
        """Raises ValueError where the heading is not one."""
        text = path.read_text()
        heading = HEADING.match(text)
        if heading is None:
            raise ValueError(f"{path.name} does not begin with what it breaks, its rows and its invariants")
        rows = () if heading["rows"] == "none" else tuple(int(row) for row in heading["rows"].split(","))
        invariants = tuple(one.strip() for one in heading["invariants"].split(","))
        what = " ".join(heading["what"].split())
        return cls(path, what, rows, invariants, tuple(CHANGED.findall(text)))

    def apply(self, tree: Path) -> None:
        """Raises DoesNotApply."""
        done = subprocess.run(["git", "apply", str(self.path)], cwd=tree, capture_output=True, text=True)
        if done.returncode != 0:
            raise DoesNotApply(
                f"{self.name} does not apply, so the code it is about has changed: {done.stderr.strip()}"
            )

    def check(self, tree: Path = ROOT) -> None:
        """That it applies to this tree, which stays as it is, and leaves Python. Raises DoesNotApply, SyntaxError."""
        with tempfile.TemporaryDirectory() as directory:
            for file in self.files:
                copy = Path(directory, file)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(tree / file, copy)
            before = self._texts(Path(directory))
            self.apply(Path(directory))
            after = self._texts(Path(directory))
        if any(before[file] == after[file] for file in self.files):
            raise DoesNotApply(f"{self.name} changes nothing")
        for file, text in after.items():
            compile(text, file, "exec")

    def _texts(self, tree: Path) -> dict[str, str]:
        return {file: (tree / file).read_text() for file in self.files}


class DoesNotApply(Exception):
    """A patch is of another state of the code: make it anew."""


def patches(only: Sequence[str] = (), where: Path = HERE) -> list[Patch]:
    """All, in the order of their numbers; or those whose number or name is given. Raises ValueError for others."""
    known = [Patch.read(path) for path in sorted(where.glob("[0-9]*.patch"))]
    if strange := {one for one in only if not any(one in (patch.name, patch.name[:2]) for patch in known)}:
        raise ValueError(f"there is no patch {', '.join(sorted(strange))}")
    return [patch for patch in known if not only or patch.name in only or patch.name[:2] in only]
