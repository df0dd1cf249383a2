"""Secrets of the installation that all its processes share, sealed by a master key."""

from functools import lru_cache

from lamplighter.kernel import Refusal
from lamplighter.platform import master_keys
from lamplighter.platform.models import StoredSecret


class SecretMissing(Refusal):
    """A secret that this installation needs is not there."""

    status = 500


@lru_cache(maxsize=64)
def secret(name: str) -> bytes:
    """
    A secret by its name. It is read once in the life of a process.

    :raises SecretMissing: if there is none
    """
    row = StoredSecret.objects.filter(name=name).first()
    if row is None:
        raise SecretMissing(f"There is no secret named {name}.", remedy="Run: lamplighter migrate")
    wrapped = master_keys.Wrapped(row.master, bytes(row.sealed))
    return master_keys.unwrap(wrapped, purpose=purpose_of(name))


def keep(name: str, value: bytes) -> None:
    """Keep a secret under a name, unless there is one already: whoever is first decides."""
    wrapped = master_keys.wrap(value, purpose=purpose_of(name))
    fresh = StoredSecret(name=name, master=wrapped.master, sealed=wrapped.sealed)
    StoredSecret.objects.bulk_create([fresh], ignore_conflicts=True)


def names(prefix: str) -> list[str]:
    """What the secrets are called whose names begin so."""
    return list(StoredSecret.objects.filter(name__startswith=prefix).values_list("name", flat=True))


def destroy(those: list[str]) -> None:
    """
    Destroy secrets, for good. Processes that have read one know it as long as they live: what it
    has signed has to end by itself.
    """
    StoredSecret.objects.filter(name__in=those).delete()


def purpose_of(name: str) -> str:
    """What a secret is sealed for."""
    return f"secret:{name}"
