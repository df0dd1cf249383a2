"""The many small files of interval readings become few."""

from datetime import datetime

from lamplighter.metering.ports.interval_plane import Compacted, interval_plane


def compact_readings(*, at: datetime) -> Compacted:
    """
    Put files of interval readings together. Nothing that is known changes, so there is no line in
    the audit trail; each month and bucket is a transaction of its own.
    """
    return interval_plane().compact(at=at)
