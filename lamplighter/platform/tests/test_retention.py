from datetime import timedelta

import pytest

from lamplighter.platform import retention
from lamplighter.platform.idempotency import once
from lamplighter.platform.models import Delivery, IdempotencyKey, OutboxEvent
from lamplighter.platform.tests.lamps import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(1)


def test_what_is_old_is_deleted_and_what_is_not_stays() -> None:
    for age in (29, 31):
        once(actor="a", key=f"{age}", operation="x", body=b"", at=NOON - age * DAY, act=dict)
    retention.sweep_what_is_old(at=NOON)
    assert [row.key for row in IdempotencyKey.objects.all()] == ["29"]


def test_the_key_of_a_payment_is_kept_for_ever() -> None:
    once(actor="a", key="p", operation="x", body=b"", at=NOON - 9999 * DAY, act=dict, for_ever=True)
    retention.sweep_what_is_old(at=NOON)
    assert IdempotencyKey.objects.get().kept_for_ever


def test_an_event_stays_as_long_as_somebody_waits_for_it() -> None:
    old = NOON - 400 * DAY
    done, waiting = (
        OutboxEvent.objects.create(name="lamps.Lit", data={}, published_at=old) for _ in range(2)
    )
    Delivery.objects.create(event=done, reaction="a", state="done", due_at=old, finished_at=old)
    Delivery.objects.create(event=waiting, reaction="a", due_at=old)
    while retention.sweep_what_is_old(at=NOON):
        pass
    retention.sweep_what_is_old(at=NOON)
    assert OutboxEvent.objects.get() == waiting


def test_a_policy_is_changed_within_its_bounds() -> None:
    retention.change_policy(kind="deliveries", days=2, by="test", at=NOON)
    assert retention.policy_of("deliveries").days == 2
    with pytest.raises(retention.RetentionOutOfBounds):
        retention.change_policy(kind="deliveries", days=9999, by="test", at=NOON)
    with pytest.raises(retention.RetentionKindUnknown):
        retention.change_policy(kind="bills", days=9, by="test", at=NOON)


def test_a_batch_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for n in range(5):
        once(actor="a", key=f"{n}", operation="x", body=b"", at=NOON - 99 * DAY, act=dict)
    assert retention.sweep_what_is_old(at=NOON)
    assert IdempotencyKey.objects.count() == 3


def test_each_kind_has_bounds_around_its_usual_time() -> None:
    assert len(retention.KINDS) >= 9
    for kind in retention.KINDS.values():
        assert kind.least <= kind.days <= kind.most
        assert kind.what
        assert kind.why
