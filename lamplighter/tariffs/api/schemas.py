"""Tariffs as the API tells them."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from lamplighter.platform.sparse import Sparse
from lamplighter.tariffs.queries.versions import Version

State = Literal["draft", "published", "withdrawn"]


class VersionOut(Schema):
    """One version of a tariff, without its rates."""

    id: UUID
    tariff: str
    name: str
    currency: str
    state: State
    starts_on: date | None = Field(description="Null: since ever.")
    ends_on: date | None = Field(description="Exclusive.")
    sha256: str = Field(description="Of the document in canonical JSON.")
    imported_at: datetime
    first_billed_at: datetime | None


class TariffOut(Schema):
    """A tariff and all its versions, in the order in which they hold."""

    code: str
    name: str
    versions: list[VersionOut]


class GapOut(Schema):
    """Days between published versions on which a tariff has no rates."""

    start: date
    until: date = Field(description="Exclusive.")


class WholeTariffOut(TariffOut):
    """A tariff, its versions and the days without rates between them."""

    gaps: list[GapOut]


class DocumentOut(VersionOut):
    """A version with its rates, as a native tariff document."""

    document: dict[str, Any]


class ParagraphOut(Schema):
    """What a tariff charges, in words."""

    heading: str
    lines: list[str]


class TariffExplanationOut(Schema):
    """A tariff in words."""

    paragraphs: list[ParagraphOut]


class VersionMadeOut(Schema):
    """What became of a tariff that was sent."""

    version: UUID | None
    code: str
    outcome: Literal["imported", "unchanged", "refused"]
    problem: str | None = Field(None, description="Why it was refused.")


class ImportedOut(Schema):
    """What became of each tariff of a file."""

    items: list[VersionMadeOut]


TARIFFS = Sparse(TariffOut, always=("code",))


def tariff_out(code: str, versions: tuple[Version, ...]) -> dict[str, Any]:
    """What `TariffOut` says: it is called as its latest version is."""
    name = versions[-1].name if versions else code
    return {"code": code, "name": name, "versions": [asdict(one) for one in versions]}
