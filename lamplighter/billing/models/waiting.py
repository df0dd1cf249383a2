"""What waits for a person."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from lamplighter.kernel import new_id
from lamplighter.platform.personal import PersonalText


class HeldBill(models.Model):
    """A bill that a check has stopped before it was issued, until a person decides."""

    not_personal: ClassVar = ("currency", "draft", "checks", "state", "decided_by", "reason")

    class State(models.TextChoices):
        WAITING = "waiting"
        RELEASED = "released"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("customers.Account", models.PROTECT, related_name="+")
    run = models.ForeignKey("billing.BillRun", models.PROTECT, null=True, related_name="+")
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    draft = models.TextField()
    """`domain.drafts` of the bill, ready to be issued."""
    addressee = PersonalText()
    """As of a bill."""
    checks = models.JSONField()
    """Why: a list of code and detail."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    held_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    bill = models.OneToOneField("billing.Bill", models.PROTECT, null=True, related_name="+")

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

    not_personal: ClassVar = ("code", "detail", "remedy", "resolution")
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("customers.Account", models.PROTECT, related_name="+")
    run = models.ForeignKey("billing.BillRun", models.PROTECT, null=True, related_name="+")
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

    not_personal: ClassVar = ("state", "correction")

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
    agreement = models.ForeignKey("billing.Agreement", models.PROTECT, related_name="+")
    first_day = models.DateField()
    """Of the span."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.TO_CHECK)
    correction = models.TextField(blank=True)
    """`domain.bills.Correction` in canonical JSON, once it is worked out."""
    noticed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    bill = models.ForeignKey("billing.Bill", models.PROTECT, null=True, related_name="+")
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
