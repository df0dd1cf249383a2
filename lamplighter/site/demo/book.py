"""The usage points of the town with interval meters, by the ids that the system has given them."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lamplighter.customers import queries
from lamplighter.metering.domain.buckets import BUCKETS, bucket_of
from lamplighter.site.demo.archetypes import KINDS
from lamplighter.site.demo.months import month_after
from lamplighter.site.demo.readings import Points
from lamplighter.site.demo.town import Customer, customers

CHUNK: Final = 5_000
"""So many accounts are taken over in one transaction."""
AT_ONCE: Final = 25_000
"""So many usage points' readings of a month are stored in one transaction: 150 MB."""
_EPOCH: Final = date(1970, 1, 1)


def chunks(accounts: int) -> Iterator[tuple[int, int]]:
    """The numbers of the first and the last account of each chunk."""
    for first in range(1, accounts + 1, CHUNK):
        yield first, min(first + CHUNK - 1, accounts)


def points_in(accounts: int, month: date) -> Points:
    """Those that have readings in a month, sorted by bucket and id."""
    parts = [_points(customers(*chunk), month_after(month)) for chunk in chunks(accounts)]
    ordinals, kinds, since, buckets = (
        np.concatenate([part[n] for part in parts]) for n in range(4)
    )
    ids = pa.concat_arrays([part[4] for part in parts])
    everything = Points(ordinals, kinds, since, buckets, ids)
    keys = pa.table({"bucket": buckets, "id": ids})
    order = pc.sort_indices(keys, [("bucket", "ascending"), ("id", "ascending")])
    return everything.take(order.to_numpy())


def parts(points: Points) -> Iterator[Points]:
    """
    Points whose readings of a month are stored together: some buckets, or a part of one.

    So a month of a bucket lies in few files, each with usage points of its own.
    """
    bounds = np.searchsorted(points.buckets, np.arange(BUCKETS + 1)).tolist()
    start = 0
    for bucket in range(BUCKETS):
        end, after = bounds[bucket + 1], bounds[min(bucket + 2, BUCKETS)]
        if bucket < BUCKETS - 1 and after - start <= AT_ONCE:
            continue
        for first in range(start, end, AT_ONCE):
            yield points.take(np.arange(first, min(first + AT_ONCE, end)))
        start = end


def _points(some: list[Customer], before: date) -> tuple[Any, ...]:
    wanted = {
        supply.reference: (one.ordinal, KINDS.index(supply.kind), (one.starts_on - _EPOCH).days)
        for one in some
        for supply in one.supplies
        if supply.kind is not None
        and supply.metered
        and not one.takes_over
        and one.starts_on < before
    }
    found = queries.usage_points_of(wanted.keys())
    rows = np.array([wanted[name] for name in found], np.int64).reshape(-1, 3)
    ids = [point.id for point in found.values()]
    buckets = np.array([bucket_of(one) for one in ids], np.int64)
    return rows[:, 0], rows[:, 1], rows[:, 2], buckets, pa.array(map(str, ids), pa.string())
