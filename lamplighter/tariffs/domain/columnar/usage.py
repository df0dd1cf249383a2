"""Exact numbers in columns: whole numbers and one power of ten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from fractions import Fraction
from math import lcm
from typing import Any, Final, Protocol

import numpy as np

from lamplighter.tariffs.domain.measures import EnergyMeasure, PeakMeasure

_LARGEST: Final = np.iinfo(np.int64).max

Ints = Any
"""An array of int64, or of Python's own integers where 64 bits are not enough."""


class NotColumnar(Exception):  # noqa: N818 - not an error: it is priced in the other way
    """This schedule has to be priced one account at a time."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """`ints` x 10^`exponent`, element by element."""

    ints: Ints
    exponent: int

    @classmethod
    def of(cls, number: Decimal) -> "Scaled":
        sign, digits, exponent = number.as_tuple()
        if not isinstance(exponent, int):
            msg = f"{number} is not a number"
            raise NotColumnar(msg)
        whole = int("".join(map(str, digits))) * (-1 if sign else 1)
        return cls(np.asarray(whole, np.int64 if abs(whole) <= _LARGEST else object), exponent)

    @classmethod
    def each(cls, numbers: Sequence[Decimal]) -> "Scaled":
        """Several numbers, in units of the finest's power of ten."""
        parts = [cls.of(number) for number in numbers]
        fine = min(part.exponent for part in parts)
        return cls(np.array([part.at(fine) for part in parts]), fine)

    @classmethod
    def over(cls, shares: Sequence[Fraction]) -> "tuple[Scaled, int]":
        """Several fractions as whole numbers over one denominator."""
        denominator = lcm(*(share.denominator for share in shares))
        return cls.each([Decimal(int(share * denominator)) for share in shares]), denominator

    def at(self, exponent: int) -> Ints:
        """The whole numbers in units of a power of ten that is no coarser than its own."""
        return product(self.ints, 10 ** (self.exponent - exponent))

    def times(self, other: "Scaled") -> "Scaled":
        return Scaled(product(self.ints, other.ints), self.exponent + other.exponent)

    def rounded(self, exponent: int, mode: str, *, over: int = 1) -> Ints:
        """
        The whole numbers in units of a power of ten, rounded by one of `decimal`'s modes.

        :param over: they are divided by this as well, in the same step
        """
        fine = min(self.exponent, exponent)
        if over == 1 and fine == exponent:
            return self.at(exponent)
        unit = 10 ** (exponent - fine) * over
        ints = np.asarray(self.at(fine), None if unit <= _LARGEST else object)
        negative = np.asarray(ints < 0)
        magnitude = np.abs(ints)
        quotient, rest = magnitude // unit, magnitude % unit
        up = _rounds_up(mode, quotient, product(rest, 2), unit, negative) & (rest != 0)
        return np.where(negative, -1, 1) * (quotient + up)


def _rounds_up(mode: str, quotient: Ints, twice: Ints, unit: int, negative: Any) -> Any:
    """Whether a magnitude is rounded away from zero, given that it is no whole number of units."""
    match mode:
        case _ if mode == ROUND_HALF_EVEN:
            return (twice > unit) | ((twice == unit) & (quotient % 2 == 1))
        case _ if mode == ROUND_HALF_UP:
            return twice >= unit
        case _ if mode == ROUND_HALF_DOWN:
            return twice > unit
        case _ if mode == ROUND_UP:
            return np.ones_like(negative)
        case _ if mode == ROUND_DOWN:
            return np.zeros_like(negative)
        case _ if mode == ROUND_CEILING:
            return ~negative
        case _ if mode == ROUND_FLOOR:
            return negative
    msg = f"rounding mode {mode}"
    raise NotColumnar(msg)


def product(left: Ints, right: Ints) -> Ints:
    """The product; in Python's own integers where 64 bits might not hold it."""
    if _magnitude(left) * _magnitude(right) > _LARGEST:
        return np.asarray(left, object) * np.asarray(right, object)
    return np.asarray(left) * right


def fits(*ints: Ints) -> bool:
    """Whether all are within 64 bits, and their sums too."""
    return sum(map(_magnitude, ints)) <= _LARGEST


def _magnitude(ints: Ints) -> int:
    array = np.asarray(ints)
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


class Span(Protocol):
    """One billing period of all accounts."""

    @property
    def first_day(self) -> date: ...

    @property
    def after_last(self) -> date: ...

    @property
    def months(self) -> Fraction:
        """How many billing months it counts for."""

    @property
    def share(self) -> Fraction:
        """Of what is billed as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUsage:
    """What was measured of many accounts: arrays of [accounts, periods, bands]."""

    accounts: int
    periods: tuple[Span, ...]
    energy: Mapping[EnergyMeasure, Scaled] = field(default_factory=dict)
    peaks: Mapping[PeakMeasure, Scaled] = field(default_factory=dict)
