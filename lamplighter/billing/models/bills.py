"""Bills, the runs that made them, and the days that they charge."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.billing.domain.bills import BillKind
from lamplighter.kernel import new_id
from lamplighter.platform.append_only import AppendOnly
from lamplighter.platform.personal import PersonalText


class BillSeries(models.Model):
    """Numbers without a gap: one is taken in the transaction that issues its bill."""

    not_personal: ClassVar = ("code",)
    code = models.CharField(max_length=16, primary_key=True)
    next_number = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return self.code


class BillRun(models.Model):
    """One period of one cycle, billed for all of its accounts. It can be gone on with any time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    cycle = models.ForeignKey("billing.BillingCycle", models.PROTECT, related_name="+")
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

    not_personal: ClassVar = ("number", "kind", "currency", "document", "sha256")
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
    addressee = PersonalText()
    """`domain.bills.Addressee` in the same form, sealed by the account's data key."""

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

    not_personal: ClassVar = ("usage", "carried")
    id = models.BigAutoField(primary_key=True)
    agreement = models.ForeignKey(
        "billing.Agreement", models.PROTECT, related_name="+", db_index=False
    )
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


class Settlement(AppendOnly):
    """A bill is paid, or otherwise done with: it is no longer open."""

    not_personal: ClassVar = ("source",)
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bill = models.OneToOneField(Bill, models.PROTECT, related_name="settlement")
    settled_on = models.DateField()
    source = models.CharField(max_length=200)
    """Who or what says so: a payment, a bank statement, a person."""
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.bill_id} settled on {self.settled_on}"
