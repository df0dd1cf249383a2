"""Calling an operation as somebody, and telling what came of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from lamplighter.platform.access import Needs
from lamplighter.site.api import api
from tests.matrix.cells import Outcome, Somebody
from tests.matrix.operations import CALLS
from tests.matrix.world import Malformed, Things, World

OF_STATUS = {401: Outcome.STRANGER, 403: Outcome.FORBIDDEN, 404: Outcome.NOT_THERE}
REFUSED_INSIDE = {400, 409, 412, 413, 422, 428}
"""A no from behind the door: it says that the caller may, and that something else is wrong."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API, as the API itself knows it."""

    name: str
    method: str
    path: str
    action: str


def operations() -> Iterator[Operation]:
    """All of them, by asking the API."""
    for path, operation in api.operations():
        (auth,) = operation.auth_callbacks
        action = str(auth.action) if isinstance(auth, Needs) else ""
        for method in operation.methods:
            name = operation.operation_id or operation.view_func.__name__
            yield Operation(name, method, f"/api{path}", action)


def call(world: World, operation: Operation, who: Somebody, things: Things) -> Any:
    """Call it for these things."""
    how = CALLS[operation.name]
    path = re.sub(r"\{(?:\w+:)?(\w+)\}", lambda m: things[how.path.get(m[1], m[1])], operation.path)
    if how.query is not None:
        path += "?" + urlencode(how.query(things))
    headers = dict(how.headers(things)) if how.headers else {}
    if who.roles:
        headers["authorization"] = f"Bearer {world.token(who)}"
    body = None if how.body is None else json.dumps(how.body(things))
    return Client(raise_request_exception=False).generic(
        operation.method, path, body or "", content_type="application/json", headers=headers
    )


def outcome_of(answer: Any, things: Things) -> Outcome | None:
    """What an answer says; None: something that it should never be."""
    status = answer.status_code
    if status in OF_STATUS:
        return OF_STATUS[status]
    if status in REFUSED_INSIDE:
        return Outcome.NOT_THERE if isinstance(things, Malformed) else Outcome.DONE
    return Outcome.DONE if 200 <= status < 400 else None
