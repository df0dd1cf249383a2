"""Tariffs come in from a file, as drafts."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import transaction

from lamplighter.kernel import Refusal
from lamplighter.platform import audit
from lamplighter.platform.canonical_json import canonical
from lamplighter.tariffs.domain.schedule import RateSchedule
from lamplighter.tariffs.models import Tariff, TariffVersion
from lamplighter.tariffs.ports.tariff_formats import native_format
from lamplighter.tariffs.queries.files import Refused

_BATCH: Final = 500


class Outcome(StrEnum):
    """What became of a record."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    """The same document is there already."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResult:
    """What became of one record of a file."""

    outcome: Outcome
    code: str
    """The tariff's, or what a refused record calls itself."""
    version_id: UUID | None = None
    refusal: Refusal | None = None


@transaction.atomic
def import_tariffs(
    *, tariffs: Iterable[RateSchedule | Refused], by: str, at: datetime
) -> tuple[RecordResult, ...]:
    """
    Store each record as a draft version of the tariff of its code. All of them, or none.

    A refused record is passed through; a document that is there already is left as it is, so the
    same file twice changes nothing.

    :return: what became of each record, in order
    """
    results: list[RecordResult] = []
    records = iter(tariffs)
    while batch := list(islice(records, _BATCH)):
        results += _import(batch, at)
    counts = {str(outcome): sum(r.outcome is outcome for r in results) for outcome in Outcome}
    if counts[Outcome.IMPORTED]:
        audit.record(
            actor=by, action="tariffs.import_tariffs", subject="tariffs", detail=counts, at=at
        )
    return tuple(results)


def _import(batch: Sequence[RateSchedule | Refused], at: datetime) -> list[RecordResult]:
    tariffs = _held_tariffs({one.code for one in batch if isinstance(one, RateSchedule)})
    versions = TariffVersion.objects.filter(tariff__in=tariffs.values())
    current = versions.exclude(state=TariffVersion.State.WITHDRAWN)
    known = {(v.tariff_id, v.sha256): v.id for v in current.only("id", "tariff_id", "sha256")}
    drafts: list[TariffVersion] = []
    results = []
    for one in batch:
        if isinstance(one, Refused):
            results.append(
                RecordResult(outcome=Outcome.REFUSED, code=one.code, refusal=one.refusal)
            )
            continue
        draft = _draft(tariffs[one.code], one, at)
        there = known.setdefault((draft.tariff_id, draft.sha256), draft.id)
        outcome = Outcome.IMPORTED if there == draft.id else Outcome.UNCHANGED
        if outcome is Outcome.IMPORTED:
            drafts.append(draft)
        results.append(RecordResult(outcome=outcome, code=one.code, version_id=there))
    TariffVersion.objects.bulk_create(drafts)
    return results


def _held_tariffs(codes: set[str]) -> dict[str, Tariff]:
    """The tariffs of these codes, made where there is none, locked in the order of their codes."""
    Tariff.objects.bulk_create((Tariff(code=code) for code in sorted(codes)), ignore_conflicts=True)
    found = Tariff.objects.filter(code__in=codes).order_by("code").select_for_update()
    return {tariff.code: tariff for tariff in found}


def _draft(tariff: Tariff, schedule: RateSchedule, at: datetime) -> TariffVersion:
    document = native_format().document(schedule)
    return TariffVersion(
        tariff=tariff,
        name=schedule.name,
        document=document,
        sha256=hashlib.sha256(canonical(document)).hexdigest(),
        currency=schedule.currency.code,
        starts_on=schedule.starts_on,
        ends_on=schedule.ends_on,
        imported_at=at,
    )
