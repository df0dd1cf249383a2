"""Who is billed for what, when; the bills; and what waits for a person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.billing.domain.bills import BillKind
from lamplighter.kernel import new_id
from lamplighter.platform.append_only import AppendOnly


class BillingCycle(models.Model):
    """Accounts that are billed together, and by which rules (`domain.rules.Rules`)."""

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


class BillSeries(models.Model):
    """Numbers without a gap: one is taken in the transaction that issues its bill."""

    code = models.CharField(max_length=16, primary_key=True)
    next_number = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return self.code


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


class BillRun(models.Model):
    """One period of one cycle, billed for all of its accounts. It can be gone on with any time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cycle = models.ForeignKey(BillingCycle, models.PROTECT, related_name="+")
    first_day = models.DateField()
    after_last = models.DateField()
    issued_on = models.DateField()
    """The date on its bills."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cycle", "first_day"], name="bill_run_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} from {self.first_day}"


class BillRunPart(models.Model):
    """A share of a run's accounts, and how far it has come: moved on with the bills themselves."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, models.CASCADE, related_name="parts")
    bucket = models.PositiveSmallIntegerField()
    after_lead = models.UUIDField(null=True)
    after_account = models.UUIDField(null=True)
    """The last account that was done, in the order of `BilledAccount`; None: not begun."""
    done = models.BooleanField(default=False)
    accounts = models.PositiveIntegerField(default=0)
    issued = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    parked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "bucket"], name="bill_run_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} bucket {self.bucket}"


class Bill(AppendOnly):
    """A bill as it was issued. What was wrong in it is put right by another one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=16)
    account = models.ForeignKey(
        "customers.Account", models.PROTECT, related_name="+", db_index=False
    )
    run = models.ForeignKey(BillRun, models.PROTECT, null=True, related_name="+", db_index=False)
    cancels = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="cancelled_by", db_index=False
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replaced_by", db_index=False
    )
    first_day = models.DateField()
    after_last = models.DateField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    open_before_minor = models.BigIntegerField()
    estimated = models.BooleanField()
    issued_at = models.DateTimeField()
    issued_on = models.DateField()
    due_on = models.DateField()
    known_at = models.DateTimeField()
    """Readings are those that were known then."""
    document = models.TextField()
    """`domain.documents` of its content: canonical JSON, as it was hashed."""
    sha256 = models.CharField(max_length=64)
    addressee = models.TextField()
    """`domain.bills.Addressee` in the same form. Personal."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in BillKind]), name="bill_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(first_day__lt=F("after_last")), name="bill_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(
                    cancels=None, kind__in=[k.value for k in BillKind if k != "cancellation"]
                )
                | Q(cancels__isnull=False, kind="cancellation"),
                name="bill_cancellation_cancels",
            ),
            models.UniqueConstraint(
                fields=["cancels"], condition=Q(cancels__isnull=False), name="bill_cancelled_once"
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="bill_replaced_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "issued_on", "number"], name="bill_of_account"),
            models.Index(fields=["issued_on", "number"], name="bill_by_day"),
        ]

    def __str__(self) -> str:
        return self.number


class BilledSpan(models.Model):
    """
    Days of an agreement that a bill has charged, and what it hands to the next one.

    Taken away when the bill is cancelled, so that its days can be charged again. The database
    refuses a day to be charged twice (see the migration `0002_what_always_holds`).
    """

    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+", db_index=False)
    first_day = models.DateField()
    after_last = models.DateField()
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="spans")
    version = models.ForeignKey(
        "tariffs.TariffVersion", models.PROTECT, related_name="+", db_index=False
    )
    usage = models.CharField(max_length=40)
    """What was drawn from the network, a decimal in the unit that is billed."""
    total_minor = models.BigIntegerField()
    """What was charged for these days so far, corrections included."""
    estimated = models.BooleanField()
    carried = models.TextField()
    """`domain.carrying` of what the next bill needs to know; empty: nothing."""
    known_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "first_day"], name="billed_span_starts_once"
            ),
            models.CheckConstraint(
                condition=Q(first_day__lt=F("after_last")), name="billed_span_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} from {self.first_day}"


class HeldBill(models.Model):
    """A bill that a check has stopped before it was issued, until a person decides."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RELEASED = "released"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("customers.Account", models.PROTECT, related_name="+")
    run = models.ForeignKey(BillRun, models.PROTECT, null=True, related_name="+")
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    draft = models.TextField()
    """`domain.drafts` of the bill, ready to be issued."""
    checks = models.JSONField()
    """Why: a list of code and detail."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    held_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    bill = models.OneToOneField(Bill, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="waiting"), name="held_bill_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | Q(state__in=["released", "discarded"], decided_at__isnull=False),
                name="held_bill_decided_unless_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} held at {self.held_at:%Y-%m-%d %H:%M}"


class BillingException(models.Model):
    """An account that could not be billed, and why. It stops nobody else's bill."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("customers.Account", models.PROTECT, related_name="+")
    run = models.ForeignKey(BillRun, models.PROTECT, null=True, related_name="+")
    first_day = models.DateField()
    after_last = models.DateField()
    code = models.CharField(max_length=100)
    """Of the refusal; `broken` where it is a bug."""
    detail = models.TextField()
    remedy = models.TextField(blank=True)
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    """When the account was billed after all, or somebody gave it up."""
    resolution = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(resolved_at=None),
                name="billing_exception_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.code}"


class PendingCorrection(models.Model):
    """Days that were billed and of which something else is known: what is to come of it."""

    class State(models.TextChoices):
        TO_CHECK = "to-check"
        """Readings have changed; what that comes to is not worked out yet."""
        TO_BILL = "to-bill"
        """On the account's next bill."""
        BILLED = "billed"
        REBILLED = "rebilled"
        IGNORED = "ignored"
        """Nothing came of it, or less than the tariff's threshold."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    first_day = models.DateField()
    """Of the span."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.TO_CHECK)
    correction = models.TextField(blank=True)
    """`domain.bills.Correction` in canonical JSON, once it is worked out."""
    noticed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    bill = models.ForeignKey(Bill, models.PROTECT, null=True, related_name="+")
    """The one that it is on."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "first_day"],
                condition=Q(state__in=["to-check", "to-bill"]),
                name="pending_correction_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} from {self.first_day}: {self.state}"


class Settlement(AppendOnly):
    """A bill is paid, or otherwise done with: it is no longer open."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bill = models.OneToOneField(Bill, models.PROTECT, related_name="settlement")
    settled_on = models.DateField()
    source = models.CharField(max_length=200)
    """Who or what says so: a payment, a bank statement, a person."""
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.bill_id} settled on {self.settled_on}"
