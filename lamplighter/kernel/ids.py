"""Public identifiers."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make a UUIDv7 (RFC 9562): unguessable, and in order of creation, so indexes stay dense."""
    return uuid7()
