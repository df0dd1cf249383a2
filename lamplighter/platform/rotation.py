"""
A new master key takes over: what older ones have sealed is sealed anew by the newest, batch by
batch, while everything runs. Stopped in the middle, it goes on with what is left.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count

from lamplighter.platform import audit, master_keys, personal, stored_secrets
from lamplighter.platform.models import PersonKey, StoredSecret

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """What a master key has sealed, and whether it is here."""

    name: str
    people: int
    secrets: int
    is_here: bool


def keys_in_use() -> tuple[InUse, ...]:
    """The master keys that are here, the newest first, and then those that are missing."""
    people, kept = _counted(PersonKey), _counted(StoredSecret)
    here = master_keys.names()
    missing = sorted((people.keys() | kept.keys()) - set(here))
    return tuple(
        InUse(name=name, people=people[name], secrets=kept[name], is_here=name in here)
        for name in (*here, *missing)
    )


def _counted(model: Any) -> Counter[str]:
    rows = model.objects.exclude(master="").values_list("master").annotate(Count("pk")).order_by()
    return Counter(dict(rows))


@transaction.atomic
def rewrap_next(*, by: str, at: datetime) -> tuple[int, int]:
    """
    Seal the next few data keys and secrets by the newest master key.

    :return: how many of each; none: all are
    :raises MasterKeyMissing: if one of them was sealed by a key that is not here
    """
    newest = master_keys.newest()
    people = _older(PersonKey, newest).order_by("person")[:AT_ONCE]
    done = _rewrap(PersonKey, people, lambda row: personal.purpose_of(row.person))
    kept = _older(StoredSecret, newest).order_by("name")[:AT_ONCE]
    secrets = _rewrap(StoredSecret, kept, lambda row: stored_secrets.purpose_of(row.name))
    if done or secrets:
        audit.record(
            actor=by,
            action="platform.rewrap_keys",
            subject=f"master_key:{newest}",
            detail={"people": done, "secrets": secrets},
            at=at,
        )
    return done, secrets


def _older(model: Any, newest: str) -> Any:
    # Who is forgotten has no key, and gets none.
    return model.objects.select_for_update().exclude(master__in=["", newest])


def _rewrap(model: Any, found: Any, purpose_of: Any) -> int:
    rows = list(found)
    for row in rows:
        purpose = purpose_of(row)
        plain = master_keys.unwrap(
            master_keys.Wrapped(row.master, bytes(row.sealed)), purpose=purpose
        )
        wrapped = master_keys.wrap(plain, purpose=purpose)
        row.master, row.sealed = wrapped.master, wrapped.sealed
    model.objects.bulk_update(rows, ["master", "sealed"], batch_size=100)
    return len(rows)
