"""The tables of the platform: outbox, audit trail, keys, tasks, retention, approvals."""

import json
from typing import Any, ClassVar

from django.db import models

from lamplighter.kernel import new_id
from lamplighter.platform.append_only import AppendOnly


class OutboxEvent(models.Model):
    """A fact as it was published, in the transaction of the action that made it true."""

    not_personal: ClassVar = ("name", "data", "trace_id")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    """`context.Name` of the event's class."""
    data = models.JSONField()
    published_at = models.DateTimeField()
    trace_id = models.CharField(max_length=32, blank=True)
    """Of the request or run that published it: its reactions log under the same one."""

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Delivery(models.Model):
    """One event for one reaction. It is marked done in the transaction of the reaction itself."""

    not_personal: ClassVar = ("reaction", "state", "error")

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        PARKED = "parked"
        DISCARDED = "discarded"

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OutboxEvent, models.PROTECT, related_name="+", db_index=False)
    reaction = models.CharField(max_length=200)
    """`context.when_something_happened`: the name of the reaction's function."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    """How often it was started. Written down before each start: a start may be the end of us."""
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    """When it was done, parked or discarded."""
    error = models.TextField(blank=True)
    """How the latest try ended, if not well."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "reaction"], name="delivery_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "done", "parked", "discarded"]),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", finished_at=None)
                | (~models.Q(state="pending") & models.Q(finished_at__isnull=False)),
                name="delivery_finished_unless_pending",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="pending", tries=0),
                name="delivery_new",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(state="pending", tries__gt=0),
                name="delivery_begun",
            ),
            models.Index(fields=["id"], condition=models.Q(state="parked"), name="delivery_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} for {self.reaction}"


class AuditLine(AppendOnly):
    """Who did what to what, when, and the particulars."""

    not_personal: ClassVar = ("actor", "action", "subject", "detail", "digest")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    detail = models.JSONField()
    digest = models.CharField(max_length=64)
    """SHA-256 of all that stands above, in canonical JSON."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "at"], name="audit_line_subject"),
            models.Index(fields=["actor", "at"], name="audit_line_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"


class AuditSeal(AppendOnly):
    """
    A line's place in the chain. The database itself makes it, by a trigger, from the seal before.

    On PostgreSQL that happens at the very end of the transaction, so that the chain is locked no
    longer than the commit takes; on SQLite, which has one writer at a time, at once.
    """

    not_personal: ClassVar = ("hash",)

    number = models.BigIntegerField(primary_key=True)
    """1, 2, 3 and so on, without a gap."""
    line = models.OneToOneField(AuditLine, models.PROTECT, related_name="+")
    hash = models.CharField(max_length=64)
    """SHA-256 of the hash before and the line's digest, both in hexadecimal, put together."""

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class IdempotencyKey(models.Model):
    """A write that was asked for under a key of the caller's, and what was answered."""

    not_personal: ClassVar = ("actor", "key", "request_hash", "answer")

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    """SHA-256 of the operation and its body."""
    answer = models.BinaryField(null=True)
    """JSON, sealed (`stored_secrets.seal`). Null only inside of the transaction that finds it."""
    asked_at = models.DateTimeField()
    kept_for_ever = models.BooleanField(default=False)
    """Of a payment: the same key is the same payment, however late it is sent again."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(kept_for_ever=False),
                name="idempotency_key_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class PersonKey(models.Model):
    """A person's data key, sealed by a master key (`personal`)."""

    not_personal: ClassVar = ("master", "sealed")

    person = models.UUIDField(primary_key=True)
    """A user's id, an account's, a service location's: whoever the texts are about."""
    master = models.CharField(max_length=32)
    """The name of the master key that has sealed it; empty: the person was forgotten."""
    sealed = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["master"], name="person_key_master")]

    def __str__(self) -> str:
        return str(self.person)


class StoredSecret(models.Model):
    """A secret that the installation's processes share, sealed by a master key."""

    not_personal: ClassVar = ("name", "master", "sealed")

    name = models.CharField(max_length=64, primary_key=True)
    master = models.CharField(max_length=32)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class CacheEntry(models.Model):
    """What processes share for a while (`shared_cache`)."""

    not_personal: ClassVar = ("key", "sealed")

    key = models.CharField(max_length=64, primary_key=True)
    """SHA-256 of what it is called."""
    sealed = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="cache_entry_expires")]

    def __str__(self) -> str:
        return self.key


class Approval(models.Model):
    """Something that takes two people (`approvals`): who wants what done, and what became of it."""

    not_personal: ClassVar = ("name", "action", "subject", "arguments", "state", "reason")

    class State(models.TextChoices):
        OPEN = "open", "propose"
        APPROVED = "approved", "approve"
        REJECTED = "rejected", "reject"
        WITHDRAWN = "withdrawn", "withdraw"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    """What it is registered as: `context.what_is_done`."""
    action = models.CharField(max_length=64)
    """What both people have to be allowed."""
    subject = models.CharField(max_length=200)
    organisation_id = models.UUIDField(null=True)
    arguments = models.TextField()
    """Canonical JSON: what is approved is, byte for byte, what was proposed."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    proposed_by = models.UUIDField()
    """A user's id."""
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    """Why it was rejected."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "approved", "rejected", "withdrawn"]),
                name="approval_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="approval_decided_unless_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "rejected"])
                | ~models.Q(decided_by=models.F("proposed_by")),
                name="approval_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["action", "state", "id"], name="approval_action"),
            models.Index(fields=["proposed_by", "id"], name="approval_proposed_by"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"

    def told_arguments(self) -> dict[str, Any]:
        """The arguments, read."""
        told: dict[str, Any] = json.loads(self.arguments)
        return told


class PeriodicTask(models.Model):
    """When a task is done next. While a worker is busy with it: when another one may be."""

    not_personal: ClassVar = ("name", "error")

    name = models.CharField(max_length=200, primary_key=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    """Since it was done last."""
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class RetentionPolicy(models.Model):
    """How long something is kept, where that is not the usual time (`retention`)."""

    not_personal: ClassVar = ("kind",)

    kind = models.CharField(max_length=64, primary_key=True)
    days = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"
