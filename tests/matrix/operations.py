"""
What each operation acts on. Whoever adds an operation declares it here, or the matrix fails.

`Call.on` names the kind of thing that its address, its query or its body names; its parameters are
filled in with the id of the thing whose turn it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from tests.matrix.cells import Kind
from tests.matrix.world import MARK, Things

Filled = Callable[[Things], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How an operation is called for a thing."""

    kind: Kind = Kind.NOTHING
    path: Mapping[str, str] = field(default_factory=dict)
    """The parameter of the path, and the kind of thing it names."""
    query: Filled | None = None
    body: Filled | None = None
    """What is sent as JSON."""
    headers: Filled | None = None
    hides: str = MARK
    """What no answer may hold that is not about a stranger's thing."""


def about(thing: str, parameter: str = "", **more: Any) -> Call:
    """A call about one thing, which the path names."""
    return Call(kind=KINDS[thing], path={parameter or "number": thing}, **more)


def write_once(_: Things) -> dict[str, str]:
    """Each write under a key of its own."""
    return {"Idempotency-Key": str(uuid4())}


KINDS: Final[Mapping[str, Kind]] = {
    "account": Kind.CUSTOMER,
    "bill": Kind.CUSTOMER,
    "usage_point": Kind.CUSTOMER,
    "meter": Kind.UTILITY,
    "agreement": Kind.CUSTOMER,
    "session": Kind.PERSON,
    "organisation": Kind.ORGANISATION,
}

CALLS: Final[Mapping[str, Call]] = {
    "find_accounts": Call(),
    "read_account": about("account"),
    "list_properties": about("account"),
    "read_balance": about("account"),
    "list_bills": Call(kind=Kind.CUSTOMER, query=lambda things: {"account": things["account"]}),
    "read_bill": about("bill"),
    "print_bill": about("bill"),
    "explain_bill": about("bill"),
    "record_reading": Call(
        kind=Kind.CUSTOMER,
        headers=write_once,
        body=lambda things: {
            "usage_point": things["usage_point"],
            "channel": "E1",
            "read_at": "2025-03-01T00:00:00Z",
            "shown": "1100",
        },
    ),
}
