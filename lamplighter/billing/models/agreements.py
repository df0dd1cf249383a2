"""Who is billed for what, when."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.kernel import new_id


class BillingCycle(models.Model):
    """Accounts that are billed together, and by which rules (`domain.rules.Rules`)."""

    not_personal: ClassVar = ("code", "name", "rules")
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    series = models.ForeignKey("billing.BillSeries", models.PROTECT, related_name="+")
    rules = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(code=""), name="billing_cycle_code_given"),
        ]

    def __str__(self) -> str:
        return self.code


class CyclePeriod(models.Model):
    """A period of a cycle's calendar: it is billed once, for all of the cycle's accounts."""

    id = models.BigAutoField(primary_key=True)
    cycle = models.ForeignKey(BillingCycle, models.PROTECT, related_name="periods")
    first_day = models.DateField()
    after_last = models.DateField()
    months = models.PositiveSmallIntegerField()
    """How many billing months it counts for, however many days it has."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cycle", "first_day"], name="cycle_period_starts_once"),
            models.UniqueConstraint(fields=["cycle", "after_last"], name="cycle_period_ends_once"),
            models.CheckConstraint(
                condition=Q(first_day__lt=F("after_last")), name="cycle_period_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(months__gte=1), name="cycle_period_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} from {self.first_day}"


class BilledAccount(models.Model):
    """How an account is billed, and its place in a run: neighbours' readings lie side by side."""

    account = models.OneToOneField(
        "customers.Account", models.PROTECT, primary_key=True, related_name="+"
    )
    cycle = models.ForeignKey(BillingCycle, models.PROTECT, related_name="+")
    bucket = models.PositiveSmallIntegerField()
    """Of the readings of its first usage point."""
    lead = models.UUIDField()
    """Its first usage point."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["cycle", "bucket", "lead", "account"], name="billed_account_order")
        ]

    def __str__(self) -> str:
        return str(self.account_id)


class Agreement(models.Model):
    """
    An account pays for a usage point by a tariff, from a day on and until a day (exclusive).

    The database refuses two agreements for one usage point on the same day (see the migration
    `0002_what_always_holds`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("customers.Account", models.PROTECT, related_name="+")
    usage_point = models.ForeignKey("customers.UsagePoint", models.PROTECT, related_name="+")
    tariff = models.ForeignKey("tariffs.Tariff", models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    billed_until = models.DateField(null=True)
    """Exclusive. Each bill moves it on from where the one before has left it."""
    connected_kw = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    meters = models.PositiveSmallIntegerField(default=1)
    power_factor = models.DecimalField(max_digits=4, decimal_places=3, null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")),
                name="agreement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(billed_until=None) | Q(billed_until__gt=F("starts_on")),
                name="agreement_billed_after_start",
            ),
            models.CheckConstraint(
                condition=Q(billed_until=None)
                | Q(ends_on=None)
                | Q(billed_until__lte=F("ends_on")),
                name="agreement_billed_until_its_end",
            ),
            models.CheckConstraint(condition=Q(meters__gte=1), name="agreement_has_meters"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["usage_point", "starts_on"], name="agreement_usage_point"),
        ]

    def __str__(self) -> str:
        return f"{self.usage_point_id} from {self.starts_on}"
