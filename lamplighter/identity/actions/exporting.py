"""
Everything that is kept about somebody, put together for them.

It is made piece by piece; each is a file of its own, sealed by the export's key, and noted as done
in the database once it is on the disk. So whoever is killed in the middle loses one piece.
"""

import os
import secrets
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import IntegrityError, transaction

from lamplighter.identity.models import Export, ExportPiece
from lamplighter.identity.queries.exports import KEY, folder_of, key_of, place_of
from lamplighter.kernel import Refusal, new_id
from lamplighter.platform import audit, personal
from lamplighter.platform.privacy import pieces_about

KEPT_FOR: Final = timedelta(days=7)
STEP_S: Final = 2.0
"""A step that has taken longer is ended, for others to have their turn."""


class ExportUnderWay(Refusal):
    """What you have asked for is still being made."""

    status = 409


@transaction.atomic
def begin_export(*, user_id: UUID, by: str, at: datetime) -> UUID:
    """
    Begin to put together what is kept about somebody.

    :raises ExportUnderWay: if that is being done already
    """
    export_id, keys = new_id(), personal.meet({user_id})
    secret = secrets.token_hex(32)
    key = keys.seal(secret, person=user_id, column=KEY, row=export_id)
    try:
        with transaction.atomic():
            Export.objects.create(id=export_id, user_id=user_id, key=key, asked_at=at)
    except IntegrityError:
        raise ExportUnderWay(remedy="See GET /api/exports.") from None
    pieces = [ExportPiece(export_id=export_id, path=one.path) for one in pieces_about(user_id)]
    ExportPiece.objects.bulk_create(pieces, batch_size=500)
    audit.record(
        actor=by,
        action="identity.begin_export",
        subject=f"user:{user_id}",
        detail={"export": str(export_id)},
        at=at,
    )
    return export_id


def go_on_with_export(*, at: datetime) -> bool:
    """Make some pieces of the export that waits for longest. Whether there is more to do."""
    waiting = Export.objects.filter(state=Export.State.WAITING).order_by("asked_at", "id")
    export = waiting.first()
    if export is None:
        return False
    makers = {piece.path: piece.make for piece in pieces_about(export.user_id)}
    cipher = AESGCM(key_of(export))
    until = time.monotonic() + STEP_S
    for piece in export.pieces.filter(done=False).order_by("id"):
        # What is no longer there, by now, is not told.
        if piece.path in makers:
            _write(export.id, piece, cipher, makers[piece.path]())
        ExportPiece.objects.filter(id=piece.id).update(done=True)
        if time.monotonic() > until:
            return True
    _finish(export, at)
    return waiting.exists()


@transaction.atomic
def _finish(export: Export, at: datetime) -> None:
    done = Export.objects.filter(id=export.id, state=Export.State.WAITING)
    if done.update(state=Export.State.READY, ready_at=at):
        audit.record(
            actor="task:identity.make_exports",
            action="identity.finish_export",
            subject=f"user:{export.user_id}",
            detail={"export": str(export.id)},
            at=at,
        )


def drop_exports(*, before: datetime, limit: int) -> int:
    """Delete exports that were asked for before a time, their files first."""
    found = Export.objects.filter(asked_at__lt=before).order_by("asked_at")
    ids = list(found.values_list("id", flat=True)[:limit])
    for export_id in ids:
        shutil.rmtree(folder_of(export_id), ignore_errors=True)
    Export.objects.filter(id__in=ids).delete()
    return len(ids)


def drop_exports_of(user_id: UUID) -> None:
    """Delete all exports of somebody, in the caller's transaction; their files when it is over."""
    ids = list(Export.objects.filter(user_id=user_id).values_list("id", flat=True))
    Export.objects.filter(id__in=ids).delete()

    def delete_files() -> None:
        for export_id in ids:
            shutil.rmtree(folder_of(export_id), ignore_errors=True)

    transaction.on_commit(delete_files)


def _write(export_id: UUID, piece: ExportPiece, cipher: AESGCM, content: bytes) -> None:
    folder = folder_of(export_id)
    Path(settings.LAMPLIGHTER_HOME, "exports").mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    nonce = secrets.token_bytes(12)
    draft = folder / f"{piece.id}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(nonce + cipher.encrypt(nonce, content, place_of(piece.id)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / str(piece.id))
