from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import orjson

from lamplighter.kernel import Event, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SomethingHappened(Event):
    what: str
    id: UUID
    at: datetime
    on: date
    amount: Decimal
    parts: tuple[int, ...] = ()
    note: str | None = None


EVENT = SomethingHappened(
    what="a",
    id=new_id(),
    at=datetime(2025, 1, 1, tzinfo=UTC),
    on=date(2025, 1, 1),
    amount=Decimal("1.10"),
    parts=(1, 2),
)


def test_an_event_survives_being_stored_as_json() -> None:
    assert SomethingHappened.from_json(orjson.loads(EVENT.text())) == EVENT


def test_fields_of_a_newer_writer_are_left_out() -> None:
    assert SomethingHappened.from_json({**orjson.loads(EVENT.text()), "new": 1}) == EVENT


def test_an_event_is_named_after_its_context() -> None:
    assert SomethingHappened.name.endswith(".SomethingHappened")
