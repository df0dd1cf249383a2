from datetime import datetime, timedelta

import pytest
from django.db import transaction

from lamplighter.kernel import new_id
from lamplighter.platform import deliveries, outbox, parking
from lamplighter.platform.deliveries import (
    LEASE,
    TRIES_MAX,
    claim_another_try,
    claim_first_tries,
    deliver,
    deliver_due,
    deliver_next,
)
from lamplighter.platform.models import AuditSeal, Delivery, OutboxEvent
from lamplighter.platform.tests.lamps import (
    NOON,
    LampLit,
    light,
    when_lamp_lit_log,
    when_lamp_lit_tell,
    write,
    written,
)

pytestmark = pytest.mark.usefixtures("no_reactions")
State = Delivery.State
MUCH_LATER = NOON + timedelta(days=2)


def when_lamp_lit_fail(event: LampLit, *, at: datetime) -> None:
    write("should be undone", event.lamp, at=at)
    raise RuntimeError("no oil\0")


def drain_days() -> None:
    """Deliver as often as a day or two of retries need."""
    for hours in range(48):
        deliver_due(at=NOON + timedelta(hours=hours))


@pytest.mark.django_db
def test_each_reaction_happens_once() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    outbox.on(LampLit)(when_lamp_lit_tell)
    light("a")
    assert deliver_due(at=NOON) == {State.DONE: 2}
    assert deliver_due(at=MUCH_LATER) == {}
    assert written("a") == ["light", "log", "tell"]


@pytest.mark.django_db
def test_what_a_reaction_publishes_is_delivered_too() -> None:
    def when_lamp_lit_light_next(event: LampLit, *, at: datetime) -> None:
        if event.lamp < "d":
            light(chr(ord(event.lamp) + 1), at=at)

    outbox.on(LampLit)(when_lamp_lit_light_next)
    light("a")
    assert deliver_due(at=NOON) == {State.DONE: 4}
    assert written("d") == ["light"]


@pytest.mark.django_db
def test_a_failing_reaction_leaves_no_trace_and_does_not_stop_the_others() -> None:
    outbox.on(LampLit)(when_lamp_lit_fail)
    outbox.on(LampLit)(when_lamp_lit_tell)
    for lamp in "abc":
        light(lamp)
    assert deliver_due(at=NOON) == {State.DONE: 3, State.PENDING: 3}
    assert written("a") == written("c") == ["light", "tell"]


@pytest.mark.django_db
def test_a_reaction_that_works_at_the_third_try_has_happened_once() -> None:
    tries = []

    def when_lamp_lit_limp(event: LampLit, *, at: datetime) -> None:
        tries.append(at)
        write("limp", event.lamp, at=at)
        if len(tries) < 3:
            raise RuntimeError

    outbox.on(LampLit)(when_lamp_lit_limp)
    light("a")
    drain_days()
    assert len(tries) == 3
    assert written("a") == ["light", "limp"]
    assert Delivery.objects.get().error == ""


@pytest.mark.django_db
def test_a_reaction_that_keeps_failing_is_parked_with_its_reason() -> None:
    outbox.on(LampLit)(when_lamp_lit_fail)
    light("a")
    drain_days()
    (parked,) = parking.parked()
    assert (parked.event, parked.reaction) == (LampLit.name, "platform.when_lamp_lit_fail")
    assert (parked.tries, parked.error) == (TRIES_MAX, "RuntimeError: no oil\\0")


@pytest.mark.django_db
def test_what_the_code_no_longer_knows_is_parked_and_the_rest_goes_on() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    light("a")
    event = OutboxEvent.objects.create(name="gone.Gone", data={}, published_at=NOON)
    Delivery.objects.create(event=event, reaction="gone.when_gone", due_at=NOON)
    drain_days()
    assert written("a") == ["light", "log"]
    assert "no reaction gone.when_gone" in parking.parked()[0].error


@pytest.mark.django_db
def test_data_that_the_code_cannot_read_is_parked() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    event = OutboxEvent.objects.create(name=LampLit.name, data={"no": 1}, published_at=NOON)
    Delivery.objects.create(event=event, reaction="platform.when_lamp_lit_log", due_at=NOON)
    drain_days()
    assert "lamp" in parking.parked()[0].error


def test_delays_double_differ_and_end() -> None:
    first = [deliveries.delay_before_next_try(n, 1) for n in range(100)]
    assert len(set(first)) > 90
    assert min(first) >= timedelta(seconds=0.5)
    assert max(first) <= timedelta(seconds=1)
    assert deliveries.delay_before_next_try(1, 40) <= timedelta(hours=1)
    assert deliveries.delay_before_next_try(7, 3) == deliveries.delay_before_next_try(7, 3)


@pytest.mark.django_db
def test_a_claim_is_nobody_elses_until_its_lease_ends() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    light("a")
    first = claim_first_tries(at=NOON)
    assert first is not None
    assert claim_another_try(at=NOON + LEASE / 2) is None
    second = claim_another_try(at=NOON + LEASE)
    assert second is not None
    assert deliver(first, at=NOON + LEASE) == {}
    assert deliver(second, at=NOON + LEASE) == {State.DONE: 1}
    assert written("a") == ["light", "log"]


@pytest.mark.django_db
def test_what_kills_the_worker_each_time_is_parked_and_harms_no_other() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    light("killer")
    light("a")
    killer = Delivery.objects.order_by("id")[0].id
    at, claimed = NOON, claim_first_tries(at=NOON)
    while claimed is not None:
        if killer not in claimed.ids:
            deliver(claimed, at=at)
        at += LEASE
        claimed = claim_another_try(at=at)
    assert written("a") == ["light", "log"]
    assert [p.id for p in parking.parked()] == [killer]
    assert "worker ended" in parking.parked()[0].error


@pytest.mark.django_db
def test_many_failures_do_not_keep_a_new_event_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox.on(LampLit)(when_lamp_lit_fail)
    for n in range(20):
        light(str(n))
    deliver_due(at=NOON)
    outbox.REACTIONS.clear()
    outbox.on(LampLit)(when_lamp_lit_log)
    light("new", at=MUCH_LATER)
    monkeypatch.setattr(deliveries, "BATCH_S", 0.0)
    deliver_next(at=MUCH_LATER)
    assert written("new") == ["light", "log"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lamps", ["b", "abc"])
def test_a_rule_that_is_broken_when_committing_fails_only_the_reaction_that_broke_it(
    lamps: str,
) -> None:
    def when_lamp_lit_seal_nothing(event: LampLit, *, at: datetime) -> None:
        write("seal", event.lamp, at=at)
        if event.lamp == "b":
            # There is no such line, which the database only sees at the end.
            Delivery.objects.create(event_id=new_id(), reaction="none", due_at=at)

    outbox.on(LampLit)(when_lamp_lit_seal_nothing)
    for lamp in lamps:
        light(lamp)
    assert deliver_due(at=NOON)[State.PENDING] == 1
    assert written("b") == ["light"]
    assert [written(lamp) for lamp in lamps if lamp != "b"] == [["light", "seal"]] * (
        len(lamps) - 1
    )
    assert "IntegrityError" in Delivery.objects.get(state=State.PENDING).error
    assert AuditSeal.objects.count() == len(lamps) * 2 - 1


@pytest.mark.django_db(transaction=True)
def test_a_long_batch_is_cut_into_several_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "BATCH_S", 0.0)
    commits = []

    def when_lamp_lit_note(event: LampLit, *, at: datetime) -> None:
        transaction.on_commit(lambda: commits.append(list(seen)))
        seen.append(event.lamp)

    seen: list[str] = []
    outbox.on(LampLit)(when_lamp_lit_note)
    for lamp in "abc":
        light(lamp)
    assert deliver_due(at=NOON) == {State.DONE: 3}
    assert commits == [["a"], ["a", "b"], ["a", "b", "c"]]


@pytest.fixture
def parked_id() -> int:
    outbox.on(LampLit)(when_lamp_lit_fail)
    light("a")
    drain_days()
    return parking.parked()[0].id


@pytest.mark.django_db
def test_a_parked_delivery_can_be_retried(parked_id: int) -> None:
    parking.retry(delivery_id=parked_id, by="test", at=MUCH_LATER)
    repaired = outbox.Reaction("platform.when_lamp_lit_fail", LampLit, when_lamp_lit_tell)
    outbox.REACTIONS[repaired.name] = repaired
    assert deliver_due(at=MUCH_LATER) == {State.DONE: 1}
    assert written("a") == ["light", "tell"]
    assert written(f"delivery:{parked_id}") == ["platform.retry"]


@pytest.mark.django_db
def test_a_parked_delivery_can_be_given_up_for_a_reason(parked_id: int) -> None:
    with pytest.raises(parking.ReasonMissing):
        parking.discard(delivery_id=parked_id, reason=" ", by="test", at=MUCH_LATER)
    parking.discard(delivery_id=parked_id, reason="done by hand", by="test", at=MUCH_LATER)
    assert parking.parked() == []
    assert deliver_due(at=MUCH_LATER) == {}
    assert written(f"delivery:{parked_id}") == ["platform.discard"]


@pytest.mark.django_db
def test_what_is_not_parked_is_neither_retried_nor_given_up() -> None:
    outbox.on(LampLit)(when_lamp_lit_log)
    light("a")
    pending = Delivery.objects.get().id
    with pytest.raises(parking.DeliveryNotParked):
        parking.retry(delivery_id=pending, by="test", at=NOON)
    with pytest.raises(parking.DeliveryNotParked):
        parking.discard(delivery_id=pending + 1, reason="x", by="test", at=NOON)
