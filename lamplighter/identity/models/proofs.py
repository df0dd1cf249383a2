"""What proves who somebody is, while it is being proven."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from lamplighter.kernel import new_id
from lamplighter.platform.personal import PersonalText


class LogInAttempt(models.Model):
    """
    Somebody tries to log in, shows a code, or asks for something of which there is a limit. Taken
    away when it was rightly so; what stays counts.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    """What is limited and whose, hashed: people type passwords into the wrong field."""
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "at"], name="log_in_attempt_key"),
            models.Index(fields=["at"], name="log_in_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.at:%Y-%m-%d %H:%M}"


class Challenge(models.Model):
    """
    Something that somebody has to show before something happens: a code that was sent to them, or
    what only their device can sign. It is good once, for a few minutes, and a few tries.
    """

    class Purpose(models.TextChoices):
        VERIFY_EMAIL = "verify_email"
        LOG_IN = "log_in"
        """The password was right; a second factor is missing."""
        RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose
        CHANGE_EMAIL_OLD = "change_email_old"
        CHANGE_EMAIL_NEW = "change_email_new"
        CHANGE_PHONE_OLD = "change_phone_old"
        CHANGE_PHONE_NEW = "change_phone_new"
        PROVE_AGAIN = "prove_again"
        ADD_TOTP = "add_totp"
        ADD_PASSKEY = "add_passkey"
        PASSKEY = "passkey"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.CASCADE, null=True, related_name="+")
    """Null: nobody's, and never met; strangers are not told so."""
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    handle_hash = models.CharField(max_length=64, unique=True)
    """SHA-256 of the random handle by which the caller names it."""
    about = models.CharField(max_length=64, blank=True)
    """Blind index of the address that a stranger has named."""
    code_hash = models.CharField(max_length=64, blank=True)
    """Keyed hash of the code; empty as long as none was sent."""
    code = PersonalText(null=True)
    """The code itself until it is sent."""
    channel = models.CharField(max_length=8, blank=True)
    """`email` or `sms`: where the code goes."""
    target = PersonalText(null=True)
    """
    Where to, if not to where the user is reached anyway: a new e-mail address, a new number. Of an
    authenticator app that is being added: its secret.
    """
    state = models.JSONField(default=dict)
    """What a passkey has to sign. Nothing personal."""
    tries_left = models.PositiveSmallIntegerField(default=5)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "purpose", "made_at"], name="challenge_user"),
            models.Index(fields=["about"], name="challenge_about"),
            models.Index(fields=["expires_at"], name="challenge_expires"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(tries_left__gte=0), name="challenge_tries"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class UsedCode(models.Model):
    """A code of an authenticator app that was taken once, and is not taken again."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    counter = models.BigIntegerField()
    """Half minutes since 1970: which of the app's codes it was."""
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "counter"], name="used_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.counter}"


class CodeFactor(models.Model):
    """Somebody is sent a code at each log-in: their second factor."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "channel"], name="code_factor_once"),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms"]), name="code_factor_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel}"
