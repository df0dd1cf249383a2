"""Which bucket a usage point's intervals lie in."""

from hashlib import blake2b
from typing import Final
from uuid import UUID

BUCKETS: Final = 16
"""How many there are. Files are named after it: it never changes (see docs/adr/0003)."""


def bucket_of(usage_point: UUID) -> int:
    """The same on every machine and in every version: a part of the files' addresses."""
    digest = blake2b(str(usage_point).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS
