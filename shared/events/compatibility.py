"""What a change of an event's JSON Schema breaks: readers of yesterday's log, or consumers that know the old schema.

Within a version a schema may only gain optional fields. Wider values (a new enum member, a field no longer required)
are refused too: a reader of the log would not mind, but a consumer that was not updated yet would park the event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

PROSE = {"title", "description", "examples", "$schema", "$id", "$defs", "$ref"}
STRUCTURE = {"properties", "required", "default", "items", "anyOf", "additionalProperties", "enum", "x-plain"}


@dataclass(frozen=True)
class Break:
    """`field` is a path as `pay.base.currency`; `what` completes the sentence that begins with it."""

    field: str
    what: str


def breaks(old: Schema, new: Schema) -> Iterator[Break]:
    """Everything that `new` may not change within the version of `old`; nothing if it is compatible."""
    yield from _node(resolve(old, old), resolve(new, new), old, new, "")


def resolve(node: Schema, root: Schema) -> Schema:
    """The node itself, or the one it refers to; what stands beside a reference is kept."""
    if "$ref" not in node:
        return node
    name = node["$ref"].removeprefix("#/$defs/")
    return {**root["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}


def _node(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[Break]:
    for key in sorted((old.keys() | new.keys()) - PROSE - STRUCTURE):
        if old.get(key) != new.get(key):
            yield Break(at, f"changed its {key} from {old.get(key)!r} to {new.get(key)!r}")
    if ("default" in old, old.get("default")) != ("default" in new, new.get("default")):
        yield Break(at, f"changed its default from {old.get('default')!r} to {new.get('default')!r}")
    yield from _enum(old, new, at)
    yield from _properties(old, new, old_root, new_root, at)
    for key in ("items", "additionalProperties", "x-plain"):
        yield from _below(old.get(key), new.get(key), old_root, new_root, at)
    yield from _options(old, new, old_root, new_root, at)


def _enum(old: Schema, new: Schema, at: str) -> Iterator[Break]:
    before, after = set(old.get("enum", ())), set(new.get("enum", ()))
    for value in sorted(before - after):
        yield Break(at, f"no longer allows {value!r}")
    for value in sorted(after - before):
        yield Break(at, f"now allows {value!r}")


def _properties(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - after.keys():
        yield Break(_join(at, name), "was removed")
    for name in sorted(after.keys() - before.keys()):
        if name in must_now:
            yield Break(_join(at, name), "is new and required")
    for name in before:
        if name not in after:
            continue
        if (name in must_before) != (name in must_now):
            yield Break(_join(at, name), "became required" if name in must_now else "is no longer required")
        yield from _below(before[name], after[name], old_root, new_root, _join(at, name))


def _options(old: Schema, new: Schema, old_root: Schema, new_root: Schema, at: str) -> Iterator[Break]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield Break(at, "changed the types it may have")
        return
    for one, other in zip(before, after, strict=True):
        yield from _below(one, other, old_root, new_root, at)


def _below(old: Any, new: Any, old_root: Schema, new_root: Schema, at: str) -> Iterator[Break]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _node(resolve(old, old_root), resolve(new, new_root), old_root, new_root, at)
    elif old != new:
        yield Break(at, "changed what it may contain")


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
