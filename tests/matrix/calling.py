"""Calling an operation as somebody, and telling what came of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.db import transaction
from django.test import Client

from lamplighter.kernel import Reach
from lamplighter.platform.access import Needs
from lamplighter.site.api import api
from tests.matrix.cells import (
    CALLERS,
    RELATIONS,
    By,
    Outcome,
    Proof,
    Relation,
    Rule,
    Somebody,
    outcome,
    shows,
)
from tests.matrix.declaring import NAMED, Call
from tests.matrix.operations import CALLS
from tests.matrix.things import MARK, Things
from tests.matrix.world import Malformed, World

OF_STATUS = {
    401: Outcome.STRANGER,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_THERE,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API, as the API itself knows it, called in one manner."""

    name: str
    method: str
    path: str
    rule: Rule
    call: Call

    @property
    def relations(self) -> tuple[Relation, ...]:
        return RELATIONS[self.rule.kind]

    def wanted(self, who: Somebody, relation: Relation) -> Outcome:
        """What has to come of it."""
        if self.call.rule is not None:
            return self.call.rule(who, relation)
        return outcome(who, self.rule, relation)

    def __str__(self) -> str:
        return self.name


def operations() -> Iterator[Operation]:
    """All of them, by asking the API."""
    manners: dict[str, list[str]] = {}
    for manner in CALLS:
        manners.setdefault(manner.partition(" ")[0], []).append(manner)
    for path, operation in api.operations():
        (auth,) = operation.auth_callbacks
        action = str(auth.action) if isinstance(auth, Needs) else ""
        fresh = isinstance(auth, Needs) and auth.fresh
        for method in operation.methods:
            name = operation.operation_id or operation.view_func.__name__
            for manner in manners.get(name, ()):
                call = CALLS[manner]
                rule = Rule(
                    action=call.action or action,
                    kind=call.kind,
                    fresh=fresh,
                    in_person=call.in_person,
                    of_people=call.of_people,
                )
                yield Operation(manner, method, f"/api{path}", rule, call)


def names() -> set[str]:
    """Of all operations."""
    return {one.operation_id or one.view_func.__name__ for _, one in api.operations()}


def red(
    world: World,
    operation: Operation,
    who: Somebody,
    relation: Relation,
    proof: Proof = Proof.FRESH,
) -> str:
    """What is wrong with a cell; empty if nothing is."""
    answer, things = answered(world, operation, who, relation, proof)
    wanted = operation.wanted(who, relation)
    if proof is Proof.STALE:
        wanted = Outcome.FORBIDDEN
    elif proof is Proof.ENDED:
        wanted = Outcome.STRANGER
    cell = f"{operation} by {who.name}, {relation}, {proof}"
    return _wrong(operation, who, relation, (wanted, proof), answer, things, cell)


def answered(
    world: World,
    operation: Operation,
    who: Somebody,
    relation: Relation,
    proof: Proof = Proof.FRESH,
) -> tuple[Any, Things]:
    """What is answered, and for which things. Nothing of it is kept."""
    things = world.things(CALLERS[0] if who.by is By.NOTHING else who, relation)
    with transaction.atomic():
        if operation.call.before is not None:
            operation.call.before(things)
        headers = world.headers(who)
        world.prove(who, proof)
        answer = sent(operation, things, headers)
        transaction.set_rollback(True)
    return answer, things


def _wrong(
    operation: Operation,
    who: Somebody,
    relation: Relation,
    expected: tuple[Outcome, Proof],
    answer: Any,
    things: Things,
    cell: str,
) -> str:
    wanted, proof = expected
    told = b"".join(answer) if answer.streaming else answer.content
    text = told.decode(errors="replace")
    # What cannot be an address is no operation's, so nobody is asked who they are.
    if relation is Relation.MALFORMED and answer.status_code == 404:
        return ""
    found = outcome_of(operation.call, answer, things)
    if found is not wanted:
        return f"{cell}: {wanted} is wanted, came {answer.status_code} {text[:300]}"
    if proof is Proof.STALE and "ProofTooOld" not in text:
        return f"{cell}: it is not said that the proof is too old"
    if answer.status_code >= 400 and "problem+json" not in answer.headers["Content-Type"]:
        return f"{cell}: it is not told as a problem"
    if wanted is Outcome.DONE and answer.status_code < 300:
        return _leaks(operation, who, relation, text.lower(), cell)
    return f"{cell}: it tells of what is another's" if MARK in text else ""


def _leaks(operation: Operation, who: Somebody, relation: Relation, text: str, cell: str) -> str:
    if operation.call.lists is not None:
        lists = operation.call.lists
        is_told = lists(who) if callable(lists) else shows(who, operation.rule, lists)
        if (MARK in text) is not is_told:
            return f"{cell}: what is another's is {'not ' if is_told else ''}told: {text[:300]}"
        return ""
    reaches_all = who.reach(operation.rule.action) is Reach.ALL
    if MARK in text and relation is Relation.OWN and not reaches_all:
        return f"{cell}: it tells of what is another's: {text[:300]}"
    return ""


def sent(operation: Operation, things: Things, headers: dict[str, str]) -> Any:
    """Send it for these things."""
    call = operation.call

    def fill(match: re.Match[str]) -> str:
        thing = call.path.get(match[1]) or NAMED[match[1]]
        return things[thing] if things[thing] == "%00" else quote(things[thing], safe="")

    path = re.sub(r"\{(?:\w+:)?(\w+)\}", fill, operation.path)
    if call.query is not None:
        path += "?" + urlencode(call.query(things))
    headers = headers | {"idempotency-key": str(uuid4())}
    if call.match:
        headers["if-match"] = "*"
    body = call.raw if call.body is None else json.dumps(call.body(things)).encode()
    kind = "application/octet-stream" if call.raw and b"{" not in call.raw else "application/json"
    return Client(raise_request_exception=False).generic(
        operation.method, path, body, content_type=kind, headers=headers
    )


def outcome_of(call: Call, answer: Any, things: Things) -> Outcome | None:
    """What an answer says; None: something that it should never be."""
    status = answer.status_code
    if status < 400:
        return Outcome.DONE
    code = answer.json().get("code") if "json" in answer.headers["Content-Type"] else ""
    if code in call.also:
        return Outcome.DONE
    if code in call.gone or (status == 422 and isinstance(things, Malformed)):
        return Outcome.NOT_THERE
    return OF_STATUS.get(status)
