"""What people have agreed to, what they asked to be told, and why they cannot be erased."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.kernel import new_id
from lamplighter.platform.append_only import AppendOnly
from lamplighter.platform.personal import PersonalText


class Consent(AppendOnly):
    """Somebody agreed to something, or no longer does. The newest of a kind counts."""

    not_personal: ClassVar = ("kind", "version", "how")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=64)
    """To what: `terms`, `newsletter`."""
    version = models.CharField(max_length=32)
    """Of the words that they were shown."""
    given = models.BooleanField()
    at = models.DateTimeField()
    how = models.CharField(max_length=64)
    """By which way: `api`, `register`, `letter`."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "kind", "at"], name="consent_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.given}"


class LegalHold(models.Model):
    """Somebody must not be erased: a court or a law wants what is known about them kept."""

    not_personal: ClassVar = ("by", "lifted_by")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    reason = PersonalText()
    by = models.CharField(max_length=200)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=F("since")),
                name="legal_hold_lifted_after",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user"], condition=Q(lifted_at=None), name="legal_hold_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.since:%Y-%m-%d}"


class Export(models.Model):
    """Somebody asked for all that is kept about them. It is made by and by, and not kept long."""

    class State(models.TextChoices):
        WAITING = "waiting"
        """Not all of it is made."""
        READY = "ready"

    not_personal: ClassVar = ("state",)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    key = PersonalText()
    """In hexadecimal, what its files are sealed by: unreadable once the user is erased."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="waiting"), name="export_one_waits"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="export_asked")]

    def __str__(self) -> str:
        return f"export:{self.id}"


class ExportPiece(models.Model):
    """A file of an export."""

    not_personal: ClassVar = ("path",)

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(Export, models.CASCADE, related_name="pieces")
    path = models.CharField(max_length=200)
    done = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["export", "path"], name="export_piece_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id} {self.path}"
