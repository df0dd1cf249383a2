"""
The audit trail: who did what to what, when. Append-only, and chained by hashes.

A line is written in the action's own transaction, so there is no change without its line and no
line without its change. Each line's digest covers all of it; each seal's hash covers the digest
and the hash before. Whoever changes, removes or reorders lines, even as the database's owner, has
to make all later hashes anew, and cannot for those that were anchored elsewhere (`head`).
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction

from lamplighter.kernel import new_id
from lamplighter.platform.canonical_json import JSON, canonical, plain
from lamplighter.platform.models import AuditLine

GENESIS: Final = "0" * 64
"""What stands in the place of the hash before the first."""


def record(
    *, actor: str, action: str, subject: str, detail: Mapping[str, JSON], at: datetime
) -> None:
    """
    Write one line, in the caller's transaction.

    :param actor: who did it, such as `user:0199…` or `cli:name`
    :param action: what was done, as `context.action_name`
    :param subject: to what, such as `usage_point:0199…`
    :param detail: the particulars; no secrets, no more personal data than the line needs
    :raises TransactionManagementError: outside of a transaction
    :raises TypeError: if a detail is not exact, such as a float
    """
    if not connection.in_atomic_block:
        msg = f"{action} is to be recorded in the transaction of what it did"
        raise transaction.TransactionManagementError(msg)
    line = AuditLine(
        id=new_id(), at=at, actor=actor, action=action, subject=subject, detail=plain(detail)
    )
    line.digest = digest(line)
    line.save(force_insert=True)


def digest(line: AuditLine) -> str:
    """SHA-256, in hexadecimal, of a line's columns in canonical JSON."""
    columns: Mapping[str, JSON] = {
        "id": str(line.id),
        "at": line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "detail": line.detail,
    }
    return hashlib.sha256(canonical(columns)).hexdigest()
