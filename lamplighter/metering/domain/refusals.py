"""Why a file of readings is refused. Each class is one reason; its name is the stable code."""

from typing import Final

from lamplighter.kernel import Place, Refusal

MOST_FAULTS: Final = 100
"""So many wrong rows are named in one refusal; a file with more is not read further."""


class UnreadableReadings(Refusal):
    """This file cannot be read as meter readings."""


class UnknownFormat(UnreadableReadings):
    """This is none of the formats of meter readings that Lamplighter knows."""


class NoReadings(UnreadableReadings):
    """There is not one reading in this file."""


class Truncated(UnreadableReadings):
    """This file breaks off before its end."""


class WrongEncoding(UnreadableReadings):
    """The text of this file is not UTF-8."""


class LineTooLong(UnreadableReadings):
    """A line of this file is longer than any line of its format can be."""


class UnsafeArchive(UnreadableReadings):
    """This archive unpacks to more than is safe, or cannot be unpacked."""


class UnsafeXml(UnreadableReadings):
    """This XML brings a document type or entities, which meter readings never need."""


class Malformed(UnreadableReadings):
    """This file breaks the rules of its format."""


class WrongColumns(UnreadableReadings):
    """The columns of this table are not the documented ones."""


class NotANumber(UnreadableReadings):
    """A value is not a plain decimal number."""


class TooManyDigits(UnreadableReadings):
    """A value has more digits than can be kept exactly."""


class NegativeUsage(UnreadableReadings):
    """A value is negative where nothing can flow backwards."""


class WrongTime(UnreadableReadings):
    """A time is not an ISO 8601 time of this or the last century."""


class TimeZoneNeeded(UnreadableReadings):
    """Times without an offset need a time zone."""


class LocalTimeSkipped(UnreadableReadings):
    """A local time never happened, because the clocks went forward over it."""


class LocalTimeAmbiguous(UnreadableReadings):
    """A local time happened twice, because the clocks went back, and the file has it once."""


class UnknownTimeZone(UnreadableReadings):
    """There is no such time zone."""


class UnknownUnit(UnreadableReadings):
    """A unit of measure is unknown."""


class UnitNotStated(UnreadableReadings):
    """The file does not say in which unit its values are."""


class UnknownQuality(UnreadableReadings):
    """A quality flag is unknown."""


class ConflictingReadings(UnreadableReadings):
    """The same interval has two different values."""


class ChannelMeasuresTwoThings(UnreadableReadings):
    """One channel of a usage point is in two units, or flows two ways."""


class OverlappingReadings(UnreadableReadings):
    """Two intervals of one channel overlap."""


class StepUnknown(UnreadableReadings):
    """The file does not say how long its intervals are, and it cannot be told from their starts."""


class IntervalsDoNotFitTheDay(UnreadableReadings):
    """The intervals do not divide the local day evenly."""


class TooFarOutOfOrder(UnreadableReadings):
    """The readings are so far out of order that they do not fit in memory."""


class ChecksumWrong(UnreadableReadings):
    """A checksum does not match what it protects."""


class Encrypted(UnreadableReadings):
    """This is encrypted, and the key is not here."""


class MeterReportsError(UnreadableReadings):
    """The meter answered with an error instead of readings."""


class RunningRegister(UnreadableReadings):
    """These are the readings of a running register, not what was used in each interval."""


class Faults:
    """
    What is wrong in one file, gathered while reading on, so that every wrong row is reported at
    once and not one a try.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: dict[tuple[type[UnreadableReadings], Place], tuple[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        reason: type[UnreadableReadings],
        detail: str,
        *,
        row: int | None = None,
        field: str | None = None,
        remedy: str = "",
    ) -> None:
        """:raises UnreadableReadings: all that was found, when it is too much to go on"""
        place = Place(source=self.source, row=row, field=field)
        self._found.setdefault((reason, place), (detail, remedy))
        if len(self._found) >= MOST_FAULTS:
            self.check()

    def check(self) -> None:
        """:raises UnreadableReadings: if anything was found; of the first one's class"""
        if self._found:
            (reason, _), (detail, remedy) = next(iter(self._found.items()))
            raise reason(
                f"{detail}{self._others(detail)}",
                remedy=remedy,
                places=tuple(place for _, place in self._found),
            )

    def _others(self, first: str) -> str:
        more = len(self._found) - 1
        if not more:
            return ""
        details = list(dict.fromkeys(detail for detail, _ in self._found.values()))
        others = " ".join(detail for detail in details[:4] if detail != first)
        return f" And {more} more: {others}{' …' if len(details) > 4 else ''}" if others else ""
