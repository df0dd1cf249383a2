"""Who lives in the town: every account by its number, with its place, its meters and its rates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from lamplighter.site.demo import stories
from lamplighter.site.demo.archetypes import (
    BY_NAME,
    GAS_TARIFF,
    KINDS,
    WATER,
    WITH_GAS,
    WITH_WATER,
    Kind,
)
from lamplighter.site.demo.chance import between, draws, whole
from lamplighter.site.demo.months import FIRST_DAY, MONTHS, month_after
from lamplighter.site.demo.people import TOWN, account_number, holder, reference_of, street_of

ELECTRICITY, GAS = "electricity", "gas"
_NEWCOMERS: Final = 0.02
"""This share of accounts begins some time after the first day."""
_OFFERED: Final = np.repeat(np.arange(len(KINDS)), [kind.share for kind in KINDS])


@dataclass(frozen=True, slots=True)
class Supply:
    """A usage point of an account."""

    commodity: str
    reference: str
    tariff: str
    kind: Kind | None
    """What its interval meter counts; None: a register is read by a person."""
    metered: bool = True
    connected_kw: int | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """An account of the town."""

    ordinal: int
    """From 1 on."""
    number: str
    holder: str
    language: str
    address: str
    kind: Kind
    opened_on: date
    starts_on: date
    """From when on the account is billed."""
    supplies: tuple[Supply, ...]

    @property
    def takes_over(self) -> bool:
        """Whether somebody else had the place before."""
        return self.ordinal in stories.SAME_PLACE


def customers(first: int, last: int) -> list[Customer]:
    """The accounts from one number to another, both included."""
    ordinals = np.arange(first, last + 1)
    kinds = kinds_of(ordinals)
    starts = starts_of(ordinals)
    tables = {
        name: draws(name, ordinals[:, None], np.arange(4)).tolist()
        for name in ("holder", "street", "supply", "opened")
    }
    return [
        _customer(ordinal, KINDS[kind], start, {k: rows[n] for k, rows in tables.items()})
        for n, (ordinal, kind, start) in enumerate(
            zip(ordinals.tolist(), kinds.tolist(), starts, strict=True)
        )
    ]


def kinds_of(ordinals: Any) -> Any:
    """The places of their kinds in KINDS."""
    kinds = _OFFERED[(draws("kind", ordinals) * len(_OFFERED)).astype(int)]
    told = np.array([KINDS.index(BY_NAME[name]) for name in stories.KINDS])
    early = ordinals <= len(told)
    kinds[early] = told[ordinals[early] - 1]
    return kinds


def starts_of(ordinals: Any) -> list[date]:
    """From when on each account is billed: mostly from the first day on."""
    new = draws("newcomer", ordinals) < _NEWCOMERS
    month = whole(0, MONTHS - 3, draws("comes in", ordinals))
    day = whole(1, 27, draws("comes on", ordinals))
    starts = [FIRST_DAY] * len(ordinals)
    for n in np.flatnonzero(new).tolist():
        starts[n] = month_after(FIRST_DAY, int(month[n])) + timedelta(int(day[n]))
    for n in np.flatnonzero(ordinals <= len(stories.KINDS)).tolist():
        ordinal = int(ordinals[n])
        starts[n] = stories.MOVED_ON if ordinal in stories.SAME_PLACE else FIRST_DAY
    return starts


def _customer(ordinal: int, kind: Kind, start: date, drawn: dict[str, list[float]]) -> Customer:
    name, language = holder(kind.name, stories.LANGUAGES.get(ordinal), drawn["holder"])
    at = stories.SAME_PLACE.get(ordinal, ordinal)
    place = drawn["street"]
    if at != ordinal:
        place = draws("street", at, np.arange(4)).tolist()
    opened = FIRST_DAY - timedelta(int(between(30, 5_000, np.float64(drawn["opened"][0]))))
    return Customer(
        ordinal=ordinal,
        number=account_number(ordinal),
        holder=name,
        language=language,
        address=f"{street_of(place, flats=kind.name == 'flat')}, {TOWN}",
        kind=kind,
        opened_on=opened if start == FIRST_DAY else start,
        starts_on=start,
        supplies=_supplies(ordinal, at, kind, drawn["supply"]),
    )


def _supplies(ordinal: int, at: int, kind: Kind, drawn: list[float]) -> tuple[Supply, ...]:
    tariff = stories.TARIFFS.get(ordinal) or _chosen(kind, drawn[0])
    if kind.name == WATER:
        return (Supply(WATER, reference_of(at, WATER), tariff, kind),)
    metered = ordinal != stories.WITHOUT_METER
    lamps = 1 + int(drawn[3] * 9) if kind.name == "lights" else None
    first = Supply(ELECTRICITY, reference_of(at, ELECTRICITY), tariff, kind, metered, lamps)
    told = ordinal <= len(stories.KINDS)
    more = []
    if _has(kind, WITH_WATER, drawn[1], ordinal, told=told):
        water = BY_NAME[WATER]
        more.append(Supply(WATER, reference_of(at, WATER), _chosen(water, drawn[1]), water))
    if _has(kind, WITH_GAS, drawn[2], ordinal, told=told):
        more.append(Supply(GAS, reference_of(at, GAS), GAS_TARIFF, None))
    return (first, *more)


def _has(kind: Kind, shares: dict[str, float], drawn: float, ordinal: int, *, told: bool) -> bool:
    if told:
        return ordinal == stories.ALL_THREE
    return drawn < shares.get(kind.name, 0)


def _chosen(kind: Kind, drawn: float) -> str:
    up_to = drawn * 100
    for tariff, share in kind.tariffs.items():
        up_to -= share
        if up_to < 0:
            return tariff
    return next(iter(kind.tariffs))
