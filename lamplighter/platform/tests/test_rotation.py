from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings

from lamplighter.kernel import new_id
from lamplighter.platform import master_keys, personal, rotation, stored_secrets
from lamplighter.platform.models import AuditLine, PersonKey
from lamplighter.platform.tests.lamps import NOON
from lamplighter.platform.tests.processes import killed_at

COLUMN, ROW = "table.column", new_id()


@pytest.fixture
def old(settings: Any, db: None) -> str:
    """The key of the installation, by its name and value."""
    path = django_settings.LAMPLIGHTER_HOME / "keys" / "master"
    return django_settings.LAMPLIGHTER_MASTER_KEYS or master_keys.kept_in(path)


def seal_for(people: list[UUID]) -> list[bytes]:
    keys = personal.meet(people)
    return [keys.seal(f"Person {one}", person=one, column=COLUMN, row=ROW) for one in people]


def read(sealed: list[bytes]) -> list[str]:
    keys = personal.keyring_for(sealed)
    return [keys.open(one, column=COLUMN, row=ROW) for one in sealed]


def rotate() -> int:
    count = 0
    while any(done := rotation.rewrap_next(by="test", at=NOON)):
        count += done[0]
    return count


def test_once_keys_are_rotated_the_old_one_can_go(
    old: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    people = [new_id() for _ in range(5)]
    sealed, before = seal_for(people), stored_secrets.read("blind-index")
    personal.forget(people[:1])
    new = master_keys.new("2")
    settings.LAMPLIGHTER_MASTER_KEYS = f"{new},{old}"
    assert [(key.name, key.people) for key in rotation.keys_in_use()] == [("2", 0), ("1", 4)]
    assert rotate() == 4
    settings.LAMPLIGHTER_MASTER_KEYS = new
    assert read(sealed) == [personal.ERASED, *(f"Person {one}" for one in people[1:])]
    assert stored_secrets.read("blind-index") == before
    assert [(key.name, key.people) for key in rotation.keys_in_use()] == [("2", 4)]
    assert sum(line.detail["people"] for line in AuditLine.objects.all()) == 4


def test_a_key_that_is_missing_is_named(old: str, settings: Any) -> None:
    sealed = seal_for([new_id()])
    settings.LAMPLIGHTER_MASTER_KEYS = master_keys.new("2")
    missing = [key for key in rotation.keys_in_use() if not key.is_here]
    assert [(key.name, key.people) for key in missing] == [("1", 1)]
    with pytest.raises(master_keys.MasterKeyMissing):
        read(sealed)
    with pytest.raises(master_keys.MasterKeyMissing):
        rotation.rewrap_next(by="test", at=NOON)


def rotate_in_steps(keys: str) -> None:
    django_settings.LAMPLIGHTER_MASTER_KEYS = keys
    rotation.AT_ONCE = 2  # type: ignore[misc] # in a process of its own
    rotate()


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_statement_it_goes_on_with_what_is_left(old: str, settings: Any) -> None:
    people = [new_id() for _ in range(5)]
    sealed = seal_for(people)
    told = read(sealed)
    both, back = f"{master_keys.new('2')},{old}", old
    statement, killed = 1, True
    while killed:
        killed = killed_at(statement, after=True, function=rotate_in_steps, args=(both,))
        settings.LAMPLIGHTER_MASTER_KEYS = both
        assert read(sealed) == told
        statement += 3
    assert statement > 10
    assert not PersonKey.objects.exclude(master="2").exists()
    settings.LAMPLIGHTER_MASTER_KEYS = both.split(",", maxsplit=1)[0]
    assert read(sealed) == told
    # The installation's secrets outlast the test: they go back under its own key.
    settings.LAMPLIGHTER_MASTER_KEYS = f"{back},{both.split(',', maxsplit=1)[0]}"
    rotate()
