"""Data made up from a JSON Schema, to try whether today's code reads what an older version wrote."""

from collections.abc import Iterator
from typing import Any

from shared.events.compatibility import Schema, resolve
from shared.events.personal import Clear, Path

VALUES = {
    "uuid": "0192f0c1-2345-7890-abcd-ef0123456789",
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
}


def samples(schema: Schema) -> Iterator[dict[str, Any]]:
    """The least and the most that the schema allows, as they stand after decryption."""
    yield _sample(schema, schema, full=False)
    yield _sample(schema, schema, full=True)


def personal_marks(schema: Schema) -> set[tuple[Path, str, str]]:
    """Path, subject and purpose of each personal field that the schema shows."""
    return set(_marks(schema, schema, ()))


def _sample(node: Schema, root: Schema, full: bool) -> Any:
    node = resolve(node, root)
    if node.get("format") == "personal":
        return Clear(_sample(node["x-plain"], root, full))
    if "anyOf" in node:
        return _sample(node["anyOf"][0 if full else -1], root, full)
    if "const" in node or "enum" in node:
        return node.get("const", node.get("enum", [None])[0])
    match node.get("type"):
        case "object":
            names = node.get("properties", {}) if full else node.get("required", ())
            return {name: _sample(node["properties"][name], root, full) for name in names}
        case "array":
            return [_sample(node["items"], root, full)] if full else []
        case "string":
            return VALUES.get(node.get("format", ""), "text")
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return None


def _marks(node: Any, root: Schema, at: Path) -> Iterator[tuple[Path, str, str]]:
    node = resolve(node, root)
    if node.get("format") == "personal":
        yield at, node["x-subject"], node["x-purpose"]
    for name, below in node.get("properties", {}).items():
        yield from _marks(below, root, (*at, name))
    for option in node.get("anyOf", ()):
        yield from _marks(option, root, at)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _marks(node[key], root, (*at, "*"))
