from typing import Any

import pytest

from lamplighter.kernel import Refusal
from lamplighter.platform.idempotency import (
    IdempotencyKeyMalformed,
    IdempotencyKeyReused,
    once,
)
from lamplighter.platform.models import IdempotencyKey
from lamplighter.platform.tests.lamps import NOON

pytestmark = pytest.mark.django_db


class OutOfOil(Refusal):
    """There is no oil."""


class Lamp:
    """Counts how often it was lit."""

    def __init__(self) -> None:
        self.lit = 0

    def light(self) -> dict[str, int]:
        self.lit += 1
        return {"lit": self.lit}


@pytest.fixture
def lamp() -> Lamp:
    return Lamp()


def ask(lamp: Lamp, **other: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "actor": "a", "key": "k", "operation": "light", "body": b"{}", "at": NOON, "act": lamp.light
    }  # fmt: skip
    return once(**{**asked, **other})


def test_asking_again_gives_the_first_answer(lamp: Lamp) -> None:
    assert ask(lamp) == ask(lamp) == {"lit": 1}
    assert lamp.lit == 1


def test_another_key_or_another_actor_is_another_write(lamp: Lamp) -> None:
    ask(lamp)
    assert ask(lamp, key="l") == {"lit": 2}
    assert ask(lamp, actor="b") == {"lit": 3}


@pytest.mark.parametrize("other", [{"body": b"{ }"}, {"operation": "put out"}])
def test_a_key_is_not_for_something_else(other: dict[str, Any], lamp: Lamp) -> None:
    ask(lamp)
    with pytest.raises(IdempotencyKeyReused) as no:
        ask(lamp, **other)
    assert (no.value.status, no.value.code) == (422, "IdempotencyKeyReused")
    assert lamp.lit == 1


def test_a_refusal_uses_no_key_up(lamp: Lamp) -> None:
    def refuse() -> dict[str, int]:
        raise OutOfOil

    with pytest.raises(OutOfOil):
        ask(lamp, act=refuse)
    assert not IdempotencyKey.objects.exists()
    assert ask(lamp) == {"lit": 1}


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "ä", "k" * 256])
def test_what_cannot_be_a_key_is_refused(key: str, lamp: Lamp) -> None:
    with pytest.raises(IdempotencyKeyMalformed):
        ask(lamp, key=key)
    assert lamp.lit == 0
