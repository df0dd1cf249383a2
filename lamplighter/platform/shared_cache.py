"""
A cache that all processes share, in a table: what must not be lost between them, and not for long.

Values are JSON, sealed by a key of the installation, and found by a hash of their key: whoever has
a copy of the table can read nothing in it, and whoever can write to it gets nothing run, as they
would where values are pickled.
"""

import hashlib
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction

from lamplighter.platform import stored_secrets
from lamplighter.platform.models import CacheEntry

_SECRET: Final = "cache"  # noqa: S105 - its name
_NONCE_BYTES: Final = 12
_FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_CLEARED_AT_ONCE: Final = 100


class SharedCache(BaseCache):
    """For Django's setting `CACHES`."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        entry = self._entry(key, value, timeout, version)
        with transaction.atomic():
            CacheEntry.objects.filter(key=entry.key, expires_at__lte=_now()).delete()
            CacheEntry.objects.bulk_create([entry], ignore_conflicts=True)
            return bool(CacheEntry.objects.filter(key=entry.key, sealed=entry.sealed).exists())

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        hashed = self._hashed(key, version)
        row = CacheEntry.objects.filter(key=hashed, expires_at__gt=_now()).first()
        if row is None:
            return default
        sealed = bytes(row.sealed)
        try:
            text = _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], hashed.encode())
        except InvalidTag:
            return default
        return json.loads(text)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        CacheEntry.objects.bulk_create(
            [self._entry(key, value, timeout, version)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["sealed", "expires_at"],
        )
        _clear_up()

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        live = CacheEntry.objects.filter(key=self._hashed(key, version), expires_at__gt=_now())
        return bool(live.update(expires_at=self._expiry(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(key=self._hashed(key, version)).delete()[0])

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def _hashed(self, key: Any, version: int | None) -> str:
        return hashlib.sha256(self.make_key(key, version).encode()).hexdigest()

    def _entry(self, key: Any, value: Any, timeout: Any, version: int | None) -> CacheEntry:
        hashed = self._hashed(key, version)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = json.dumps(value).encode()
        sealed = nonce + _cipher().encrypt(nonce, text, hashed.encode())
        return CacheEntry(key=hashed, sealed=sealed, expires_at=self._expiry(timeout))

    def _expiry(self, timeout: Any) -> datetime:
        until = self.get_backend_timeout(timeout)
        return _FOREVER if until is None else datetime.fromtimestamp(until, UTC)


def _now() -> datetime:
    # As Django's own caches: it is told lifetimes, not times.
    return datetime.fromtimestamp(time.time(), UTC)


def _clear_up() -> None:
    """Take away some of what is over; those that somebody else takes away just now are theirs."""
    with transaction.atomic():
        over = CacheEntry.objects.filter(expires_at__lte=_now() - timedelta(minutes=1))
        keys = over.select_for_update(skip_locked=True).values_list("key", flat=True)
        CacheEntry.objects.filter(key__in=list(keys[:_CLEARED_AT_ONCE])).delete()


def _cipher() -> AESGCM:
    return AESGCM(stored_secrets.secret(_SECRET))
