"""Why a tariff, or a file of tariffs, is not taken. Each class's name is a stable code."""

from typing import Final

from lamplighter.kernel import Place, Refusal

MOST_MISTAKES: Final = 100
"""So many are named at once; a tariff with more is not read further."""


class InvalidTariff(Refusal):
    """The tariff cannot be billed as it is written."""

    @property
    def mistakes(self) -> "tuple[InvalidTariff, ...]":
        """What is wrong, one by one."""
        return (self,)


class UnbillableField(InvalidTariff):
    """The tariff charges for something that cannot be billed from this record."""


class UnknownField(InvalidTariff):
    """The tariff has a field that Lamplighter does not know, and so might bill wrongly."""


class UnknownName(InvalidTariff):
    """The tariff speaks of what it does not have, or has what it never speaks of."""


class HourWithoutBand(InvalidTariff):
    """Some time of the year belongs to no price band, or to one that has no price."""


class OverlappingBands(InvalidTariff):
    """Some time of the day belongs to two price bands."""


class OverlappingSeasons(InvalidTariff):
    """Two seasons begin on the same day."""


class TiersOutOfOrder(InvalidTariff):
    """Tiers must rise, and only the last one may be without an upper bound."""


class SeveralMistakes(InvalidTariff):
    """The tariff has several mistakes."""

    def __init__(self, mistakes: tuple[InvalidTariff, ...]) -> None:
        super().__init__(
            "\n".join([f"{len(mistakes)} mistakes:", *map(_line, mistakes)]),
            places=tuple(place for no in mistakes for place in no.places),
        )
        self._mistakes = mistakes

    @property
    def mistakes(self) -> tuple[InvalidTariff, ...]:
        return self._mistakes

    def __str__(self) -> str:
        first = self.places[0]
        where = str(Place(source=first.source, row=first.row))
        return f"{where}: {self.detail}" if where else self.detail


def _line(no: InvalidTariff) -> str:
    where = "; ".join(place.field or "" for place in no.places)
    return f"  {where}: {no.detail} {no.remedy}".rstrip()


def mistakes_of(no: Refusal) -> tuple[Refusal, ...]:
    """What a refusal names, one by one."""
    return no.mistakes if isinstance(no, InvalidTariff) else (no,)


class Mistakes:
    """
    What is wrong in one tariff, gathered while reading on, so that it is all said at once and not
    one mistake a try.
    """

    def __init__(self, at: Place) -> None:
        self.at = at
        self._found: list[InvalidTariff] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self, reason: type[InvalidTariff], field: str, detail: str, *, remedy: str = ""
    ) -> None:
        """:raises SeveralMistakes: all that was found, when it is too much to go on"""
        place = Place(source=self.at.source, row=self.at.row, field=field)
        self._found.append(reason(detail, remedy=remedy, places=(place,)))
        if len(self._found) >= MOST_MISTAKES:
            self.check()

    def check(self) -> None:
        """:raises InvalidTariff: if anything was found"""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise SeveralMistakes(tuple(self._found))


class UnreadableTariffs(Refusal):
    """This file cannot be read as tariffs."""


class NotJson(UnreadableTariffs):
    """This is not JSON."""


class DuplicateKey(UnreadableTariffs):
    """An object of this file has the same key twice."""


class WrongEncoding(UnreadableTariffs):
    """The text of this file is not UTF-8, or has characters that no tariff needs."""


class Truncated(UnreadableTariffs):
    """This file breaks off before its end."""


class TooLarge(UnreadableTariffs):
    """This is larger, or more deeply nested, than any tariff."""


class NoTariffs(UnreadableTariffs):
    """There is not one tariff in this file."""


class UnknownTariffFormat(UnreadableTariffs):
    """This is none of the tariff formats that Lamplighter knows."""
