"""Tariffs come in from a file, as drafts."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final
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
    tariff: str | None
    version_id: UUID | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Document:
    schedule: RateSchedule
    document: dict[str, Any]
    sha256: str

    @classmethod
    def of(cls, schedule: RateSchedule) -> "_Document":
        document = native_format().document(schedule)
        return cls(schedule, document, hashlib.sha256(canonical(document)).hexdigest())


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


def _import(batch: Sequence[RateSchedule | Refused], at: datetime) -> Iterator[RecordResult]:
    documents = [
        record if isinstance(record, Refused) else _Document.of(record) for record in batch
    ]
    tariffs = _held_tariffs({d.schedule.code for d in documents if isinstance(d, _Document)})
    known = {
        (version.tariff_id, version.sha256): version.id
        for version in TariffVersion.objects.filter(tariff__in=tariffs.values())
        .exclude(state=TariffVersion.State.WITHDRAWN)
        .only("id", "tariff_id", "sha256")
    }
    fresh: list[TariffVersion] = []
    results = []
    for record in documents:
        if isinstance(record, Refused):
            outcome, code, version_id, refusal = (
                Outcome.REFUSED,
                record.tariff,
                None,
                record.refusal,
            )
        else:
            code, refusal = record.schedule.code, None
            key = (tariffs[code].id, record.sha256)
            outcome = Outcome.UNCHANGED if key in known else Outcome.IMPORTED
            if outcome is Outcome.IMPORTED:
                fresh.append(_draft(tariffs[code], record, at))
                known[key] = fresh[-1].id
            version_id = known[key]
        results.append(
            RecordResult(outcome=outcome, tariff=code, version_id=version_id, refusal=refusal)
        )
    TariffVersion.objects.bulk_create(fresh)
    return iter(results)


def _held_tariffs(codes: set[str]) -> dict[str, Tariff]:
    """The tariffs of these codes, made where there is none, locked in the order of their codes."""
    Tariff.objects.bulk_create((Tariff(code=code) for code in sorted(codes)), ignore_conflicts=True)
    found = Tariff.objects.filter(code__in=codes).order_by("code").select_for_update()
    return {tariff.code: tariff for tariff in found}


def _draft(tariff: Tariff, record: _Document, at: datetime) -> TariffVersion:
    return TariffVersion(
        tariff=tariff,
        name=record.schedule.name,
        document=record.document,
        sha256=record.sha256,
        currency=record.schedule.currency.code,
        starts_on=record.schedule.starts_on,
        ends_on=record.schedule.ends_on,
        imported_at=at,
    )
