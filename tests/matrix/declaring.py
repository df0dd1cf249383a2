"""How an operation is declared to the matrix: what it acts on, and how it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.matrix.cells import Kind, Outcome, Relation, Somebody
from tests.matrix.things import Things

Filled = Callable[[Things], Any]
Ruled = Callable[[Somebody, Relation], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How an operation is called for a thing."""

    kind: Kind = Kind.NOTHING
    path: Mapping[str, str] = field(default_factory=dict)
    """The parameter of the path, and the kind of thing it names, where that is not `NAMED`."""
    query: Filled | None = None
    body: Filled | None = None
    """What is sent as JSON."""
    raw: bytes = b""
    """What is sent instead, as a file."""
    match: bool = False
    """Whether it says by If-Match which version it changes."""
    before: Filled | None = None
    """What has to be so before it can be done."""
    also: tuple[str, ...] = ()
    """Codes of refusals that only who may do it gets to hear. Otherwise DONE is a 2xx."""
    gone: tuple[str, ...] = ()
    """Codes that say beside 404 that a thing is not there: where its id stands in the body."""
    why: str = ""
    """Why it does not reach a 2xx, or has a rule of its own."""
    lists: Kind | Callable[[Somebody], bool] | None = None
    """It is a list of things of this kind, or seen by these: who reaches them sees one that is
    another's, nobody else does."""
    in_person: bool = False
    of_people: bool = False
    rule: Ruled | None = None
    action: str = ""
    """That it needs when it is called like this, if not what it declares."""


NAMED: Final[Mapping[str, str]] = {
    "agreement_id": "agreement",
    "approval_id": "approval",
    "client_id": "client",
    "code": "cycle",
    "delivery_id": "delivery",
    "exception_id": "exception",
    "export_id": "export",
    "held_id": "held",
    "hold_id": "hold",
    "import_id": "import",
    "key_id": "api_key",
    "kind": "retention",
    "location_id": "location",
    "member_id": "member",
    "meter_id": "meter",
    "number": "account",
    "organisation_id": "organisation",
    "passkey": "passkey",
    "point_id": "point",
    "property_id": "property",
    "run_id": "run",
    "session_id": "session",
    "user_id": "user",
    "version_id": "version",
}
"""What a parameter of a path names."""


def of_customer(**more: Any) -> Call:
    return Call(kind=Kind.CUSTOMER, **more)


def of_utility(**more: Any) -> Call:
    return Call(kind=Kind.UTILITY, **more)


def of_organisation(**more: Any) -> Call:
    return Call(kind=Kind.ORGANISATION, **more)


def of_person(**more: Any) -> Call:
    return Call(kind=Kind.PERSON, **more)


def says(**body: Any) -> Filled:
    """A body: what is callable is filled in from the things."""
    return lambda things: {
        name: value(things) if callable(value) else value for name, value in body.items()
    }


def the(kind: str) -> Callable[[Things], str]:
    """The id of the thing whose turn it is."""
    return lambda things: things[kind]


def one_of(*names: str) -> str:
    """A name that is new each time."""
    return "-".join((*names, uuid4().hex[:8]))
