"""What somebody has asked to be told."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db.models import Count, Q

from lamplighter.identity.models import Export
from lamplighter.kernel import Place, Refusal
from lamplighter.platform import personal
from lamplighter.platform.retention import policy_of

KEY: Final = "identity_export.key"


class ExportUnknown(Refusal):
    """There is no such export, or not any more."""

    status = 404


class ExportNotReady(Refusal):
    """It is still being made."""

    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportState:
    """How far an export is."""

    id: UUID
    state: str
    done: int
    total: int
    """Of its files."""
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime


def exports_of(user_id: UUID) -> tuple[ExportState, ...]:
    """What somebody has asked for, the newest first."""
    return _states(Export.objects.filter(user_id=user_id))


def export(export_id: UUID, *, user_id: UUID) -> ExportState:
    """:raises ExportUnknown: if they have none of this id"""
    found = _states(Export.objects.filter(id=export_id, user_id=user_id))
    if not found:
        raise ExportUnknown(places=(Place(field="export_id"),))
    return found[0]


def archive(export_id: UUID, *, user_id: UUID) -> bytes:
    """
    An export as a ZIP file, opened.

    :raises ExportUnknown: if they have none of this id
    :raises ExportNotReady: if it is not finished
    """
    row = Export.objects.filter(id=export_id, user_id=user_id).first()
    if row is None:
        raise ExportUnknown(places=(Place(field="export_id"),))
    if row.state != Export.State.READY:
        raise ExportNotReady(remedy="See GET /api/exports.")
    cipher, packed = AESGCM(key_of(row)), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for piece in row.pieces.order_by("path"):
            sealed = folder_of(row.id) / str(piece.id)
            if sealed.exists():
                whole = sealed.read_bytes()
                file.writestr(
                    piece.path, cipher.decrypt(whole[:12], whole[12:], place_of(piece.id))
                )
    return packed.getvalue()


def key_of(row: Export) -> bytes:
    """What the files of an export are sealed by."""
    keys = personal.keyring({row.user_id})
    return bytes.fromhex(keys.open(row.key, column=KEY, row=row.id))


def folder_of(export_id: UUID) -> Path:
    """Where the files of an export are."""
    return Path(settings.LAMPLIGHTER_HOME) / "exports" / str(export_id)


def place_of(piece_id: int) -> bytes:
    """What a file is bound to: it cannot stand in for another one."""
    return f"identity_exportpiece:{piece_id}".encode()


def _states(found: Any) -> tuple[ExportState, ...]:
    days = timedelta(policy_of("exports").days)
    rows: Iterable[Export] = found.annotate(
        total=Count("pieces"), made=Count("pieces", filter=Q(pieces__done=True))
    ).order_by("-asked_at", "-id")
    return tuple(
        ExportState(
            id=row.id,
            state=row.state,
            done=row.made,  # type: ignore[attr-defined] # annotated
            total=row.total,  # type: ignore[attr-defined]
            asked_at=row.asked_at,
            ready_at=row.ready_at,
            expires_at=row.asked_at + days,
        )
        for row in rows
    )
