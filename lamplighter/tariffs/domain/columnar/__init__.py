"""
Pricing in columns: one schedule, any number of accounts at once, in whole numbers.

It gives the same cents as `pricing.price`, which stays the reference (a property test compares
them), and does what bills of every month need: fixed, energy by band and tier, demand, riders,
minimums, percentages and taxes. A schedule with anything else is `NotColumnar`, and is priced one
account at a time.
"""

from lamplighter.tariffs.domain.columnar.bills import ColumnBills, ColumnLine, price_columns
from lamplighter.tariffs.domain.columnar.usage import ColumnUsage, NotColumnar, Scaled

__all__ = ["ColumnBills", "ColumnLine", "ColumnUsage", "NotColumnar", "Scaled", "price_columns"]
