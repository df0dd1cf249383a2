"""
The local time of a Green Button file: an offset, and rules by which clocks change every year.

Source: ESPI DstRuleType (espi.xsd).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Self

_NO_RULE: Final = 0xFFFFFFFF
_MOST_OFFSET_S: Final = 15 * 3600


@dataclass(frozen=True, slots=True)
class Rule:
    """When clocks change, in a year."""

    month: int
    operator: int
    """0: on the day; 1: on the weekday on or after the day; 2 to 6: first to fifth; 7: last."""
    day: int
    weekday: int
    """Monday is 1."""
    seconds: int

    @classmethod
    def decoded(cls, code: int) -> Self | None:
        """A rule out of its bits; None if they make none."""
        rule = cls(
            month=code >> 28,
            operator=code >> 25 & 0x7,
            day=code >> 20 & 0x1F,
            weekday=code >> 17 & 0x7,
            seconds=(code >> 12 & 0x1F) * 3600 + (code & 0xFFF),
        )
        dated = rule.operator >= 2 or rule.day >= 1
        named = rule.operator == 0 or 1 <= rule.weekday <= 7
        return rule if 1 <= rule.month <= 12 and dated and named else None

    def in_year(self, year: int) -> datetime:
        """The local time of the change, by the clock before it."""
        first = datetime(year, self.month, 1)  # noqa: DTZ001 - a rule speaks of clocks
        day = first + timedelta(days=max(self.day, 1) - 1)
        if self.operator >= 1:
            day = day if self.operator == 1 else first
            day += timedelta(days=(self.weekday - 1 - day.weekday()) % 7)
        if self.operator >= 2:
            day += timedelta(weeks=self.operator - 2)
            while day.month != self.month:
                day -= timedelta(weeks=1)
        return day + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class RuleZone(tzinfo):
    """A time zone made of an offset and two yearly rules."""

    offset: timedelta
    saving: timedelta
    begins: Rule | None
    ends: Rule | None

    @classmethod
    def read(cls, offset: str, saving: str, begins: str, ends: str) -> Self | None:
        """A zone as LocalTimeParameters write it; None if they make no sense."""
        seconds = [_whole(text) for text in (offset, saving or "0")]
        if None in seconds or any(abs(s or 0) > _MOST_OFFSET_S for s in seconds):
            return None
        standard, summer = (timedelta(seconds=s or 0) for s in seconds)
        codes = [_code(text) for text in (begins, ends)]
        if _NO_RULE in codes or not summer:
            return cls(standard, timedelta(), None, None)
        rules = [None if code is None else Rule.decoded(code) for code in codes]
        if None in rules:
            return None
        return cls(standard, summer, rules[0], rules[1])

    def utcoffset(self, local: datetime | None) -> timedelta:
        return self.offset + self.dst(local)

    def dst(self, local: datetime | None) -> timedelta:
        if self.begins is None or self.ends is None or local is None:
            return timedelta()
        clock = local.replace(tzinfo=None, fold=0)
        # A skipped time is still on the old clock, and a repeated one too, unless fold says not.
        begin = self.begins.in_year(clock.year) + (timedelta() if local.fold else self.saving)
        end = self.ends.in_year(clock.year) - (self.saving if local.fold else timedelta())
        return self._saving(clock, begin, end)

    def fromutc(self, at: datetime) -> datetime:
        standard = at.replace(tzinfo=None) + self.offset
        if self.begins is None or self.ends is None:
            return standard.replace(tzinfo=self)
        begin = self.begins.in_year(standard.year)
        end = self.ends.in_year(standard.year) - self.saving
        local = standard + self._saving(standard, begin, end)
        again = end <= standard < end + self.saving
        return local.replace(tzinfo=self, fold=int(again))

    def tzname(self, local: datetime | None) -> str:
        return f"UTC{self.utcoffset(local) / timedelta(hours=1):+g}"

    def _saving(self, clock: datetime, begin: datetime, end: datetime) -> timedelta:
        northern = begin < end
        saves = begin <= clock < end if northern else not end <= clock < begin
        return self.saving if saves else timedelta()


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,6}", text, re.ASCII) else None


def _code(text: str) -> int | None:
    text = text.strip()
    return int(text, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", text, re.ASCII) else None
