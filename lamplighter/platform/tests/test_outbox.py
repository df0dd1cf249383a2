from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import transaction

from lamplighter.kernel import Event
from lamplighter.platform import outbox
from lamplighter.platform.models import Delivery, OutboxEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    lamp: str


@pytest.fixture(autouse=True)
def no_other_reactions() -> Iterator[None]:
    before = dict(outbox.REACTIONS)
    outbox.REACTIONS.clear()
    yield
    outbox.REACTIONS.clear()
    outbox.REACTIONS.update(before)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_of_a_transaction_is_refused_loudly() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        outbox.publish(LampLit(lamp="a"), at=NOON)


@pytest.mark.django_db
def test_an_event_is_stored_with_one_delivery_for_each_reaction() -> None:
    @outbox.on(LampLit)
    def when_lamp_lit(event: LampLit, *, at: datetime) -> None: ...

    @outbox.on(LampLit)
    def when_lamp_lit_tell(event: LampLit, *, at: datetime) -> None: ...

    with transaction.atomic():
        outbox.publish(LampLit(lamp="a"), at=NOON)
    assert LampLit.from_json(OutboxEvent.objects.get().data) == LampLit(lamp="a")
    assert sorted(Delivery.objects.values_list("reaction", "state")) == [
        ("platform.when_lamp_lit", "pending"),
        ("platform.when_lamp_lit_tell", "pending"),
    ]


@pytest.mark.django_db(transaction=True)
def test_an_event_of_an_action_that_fails_was_never_there() -> None:
    @transaction.atomic
    def light() -> None:
        outbox.publish(LampLit(lamp="a"), at=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        light()
    assert not OutboxEvent.objects.exists()


def test_two_reactions_cannot_share_a_name() -> None:
    def when_lamp_lit(event: LampLit, *, at: datetime) -> None: ...

    outbox.on(LampLit)(when_lamp_lit)
    with pytest.raises(ValueError, match="two reactions"):
        outbox.on(LampLit)(when_lamp_lit)
