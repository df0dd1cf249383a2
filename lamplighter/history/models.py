"""
What was billed, spread out for reports: bills, their lines, and the usage that they are for.

These tables are in a database of their own, so nothing here is a foreign key to billing. A bill's
facts are written together, once, and never change. Nothing names a person.
"""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from lamplighter.platform.append_only import AppendOnly
from lamplighter.platform.exact import ExactDecimal

DATABASE: Final = "history"
"""The alias, in the settings, of the database in which these tables are."""


class BilledFact(AppendOnly):
    """A bill that was issued."""

    not_personal: ClassVar = ("number", "kind", "currency")

    bill_id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16)
    account_id = models.UUIDField()
    cycle_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    cancels_id = models.UUIDField(null=True)
    replaces_id = models.UUIDField(null=True)
    first_day = models.DateField()
    after_last = models.DateField()
    issued_on = models.DateField()
    due_on = models.DateField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    estimated = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_day__lt=F("after_last")), name="billed_fact_ends_after_start"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issued_on", "number"], name="billed_fact_issued"),
            models.Index(fields=["account_id", "first_day"], name="billed_fact_account"),
        ]

    def __str__(self) -> str:
        return self.number


class LineFact(AppendOnly):
    """
    A line of a bill, or a correction or an adjustment on it.

    What takes a bill back has the lines of that bill with the opposite sign, so that both come to
    nothing whatever they are grouped by.
    """

    not_personal: ClassVar = (
        "currency",
        "usage_point",
        "commodity",
        "tariff",
        "component",
        "kind",
        "reason",
        "unit",
    )

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(BilledFact, models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveIntegerField()
    """On its bill: 0, 1, 2 and so on."""
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)
    takes_back = models.BooleanField()
    """Whether its bill is a cancellation."""
    usage_point = models.CharField(max_length=64)
    """Its reference; empty, like all down to the version, for an adjustment."""
    commodity = models.CharField(max_length=32)
    tariff = models.CharField(max_length=200)
    version_id = models.UUIDField(null=True)
    first_day = models.DateField()
    after_last = models.DateField()
    component = models.TextField()
    kind = models.CharField(max_length=16)
    """As on the bill, or `correction`."""
    reason = models.TextField()
    """Band, tier, share of a month; of a correction the bill that it corrects."""
    quantity = ExactDecimal()
    unit = models.CharField(max_length=64)
    rate = ExactDecimal(null=True)
    """In major units. A correction has none: it may have been billed by several."""
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bill", "position"], name="line_fact_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issued_on"], name="line_fact_issued"),
            models.Index(fields=["tariff", "issued_on"], name="line_fact_tariff"),
            models.Index(fields=["component", "issued_on"], name="line_fact_component"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} line {self.position}"


class UsageFact(AppendOnly):
    """
    What passed a usage point in one direction, as a bill charges it, once.

    Lines cannot tell it: the same kWh may stand on several.
    """

    not_personal: ClassVar = ("currency", "usage_point", "commodity", "tariff", "flow", "unit")

    id = models.BigAutoField(primary_key=True)
    bill = models.ForeignKey(BilledFact, models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveIntegerField()
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)
    """Of its bill."""
    usage_point = models.CharField(max_length=64)
    commodity = models.CharField(max_length=32)
    tariff = models.CharField(max_length=200)
    version_id = models.UUIDField(null=True)
    first_day = models.DateField()
    after_last = models.DateField()
    flow = models.CharField(max_length=16)
    quantity = ExactDecimal()
    """Negative where a cancellation or a correction takes it back."""
    unit = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bill", "position"], name="usage_fact_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issued_on"], name="usage_fact_issued"),
            models.Index(fields=["tariff", "issued_on"], name="usage_fact_tariff"),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} usage {self.position}"
