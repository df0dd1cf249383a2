from datetime import datetime

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from lamplighter.platform import outbox
from lamplighter.platform.models import Delivery, OutboxEvent
from lamplighter.platform.tests.lamps import (
    NOON,
    LampLit,
    light,
    when_lamp_lit_log,
    when_lamp_lit_tell,
)

pytestmark = pytest.mark.usefixtures("no_reactions")


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_of_a_transaction_is_refused_loudly() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        outbox.publish(LampLit(lamp="a"), at=NOON)


@pytest.mark.django_db
def test_an_event_is_stored_with_one_delivery_for_each_reaction() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    outbox.on(LampLit)(when_lamp_lit_tell)
    light("a")
    assert LampLit.from_json(OutboxEvent.objects.get().data) == LampLit(lamp="a")
    assert sorted(Delivery.objects.values_list("reaction", "state")) == [
        ("platform.when_lamp_lit_log", "pending"),
        ("platform.when_lamp_lit_tell", "pending"),
    ]


@pytest.mark.django_db(transaction=True)
def test_an_event_of_an_action_that_fails_was_never_there() -> None:
    @transaction.atomic
    def light_and_fall() -> None:
        light("a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        light_and_fall()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_many_events_take_two_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    with django_assert_num_queries(2):
        outbox.publish_all([LampLit(lamp=str(n)) for n in range(50)], at=NOON)
    assert Delivery.objects.count() == 50


def test_two_reactions_cannot_share_a_name() -> None:
    def when_lamp_lit(event: LampLit, *, at: datetime) -> None: ...

    outbox.on(LampLit)(when_lamp_lit)
    with pytest.raises(ValueError, match="two reactions"):
        outbox.on(LampLit)(when_lamp_lit)
