"""Parameters of a URL: none that the route does not know, and none twice that it takes once."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.kit.refusals import Invalid


def assert_known(request: Request) -> None:
    """What is unknown, or given twice, would be passed over in silence. Raises Invalid."""
    if not (names := [name for name, _ in request.query_params.multi_items()]):
        return
    route: APIRoute = request.scope["route"]
    # Whether each may be given more than once.
    known = dict(_parameters(route.dependant))
    for name in names:
        if name not in known:
            allowed = f"allowed are {', '.join(known)}" if known else "there are none here"
            raise Invalid(f"Unknown parameter {name[:40]!r}", f"leave it out: {allowed}")
        if names.count(name) > 1 and not known[name]:
            raise Invalid(f"{name} is given {names.count(name)} times", "give it once, or ask once for each")


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, info in annotation.model_fields.items():
                yield info.alias or name, _are_many(info.annotation)
        else:
            yield field.alias, _are_many(annotation)
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)


def _are_many(annotation: Any) -> bool:
    of = get_origin(annotation) or annotation
    many = isinstance(of, type) and issubclass(of, Sequence) and not issubclass(of, str)
    return many or any(_are_many(each) for each in get_args(annotation))
