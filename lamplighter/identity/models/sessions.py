"""Where somebody is logged in, and the tokens that go with it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from lamplighter.kernel import new_id
from lamplighter.platform.personal import PersonalText


class Session(models.Model):
    """
    Somebody is logged in, in one browser or app. Every token and cookie names its session, and is
    worth nothing once that has ended.
    """

    not_personal: ClassVar = ("kind", "factor", "end_reason")

    class Kind(models.TextChoices):
        BROWSER = "browser"
        """By a cookie."""
        API = "api"
        """By access and refresh tokens."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    """Within a few minutes."""
    expires_at = models.DateTimeField()
    proven_at = models.DateTimeField()
    """When the user has last proven who they are here."""
    factor = models.CharField(max_length=16, blank=True)
    """The second factor that the session was begun by; empty: none."""
    device = PersonalText()
    """What the browser or app calls itself."""
    network_address = PersonalText()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["browser", "api"]), name="session_kind_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "ended_at"], name="session_user"),
            models.Index(fields=["expires_at"], name="session_expires"),
        ]

    def __str__(self) -> str:
        return f"session:{self.id}"


class RefreshToken(models.Model):
    """
    Gets a new access token, once, and a successor. Used twice it has been stolen from somebody:
    the session ends.
    """

    not_personal: ClassVar = ("hash",)

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(Session, models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    """SHA-256: the token is 256 random bits, which nobody guesses."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.session_id} {self.made_at:%Y-%m-%d %H:%M}"


class KnownDevice(models.Model):
    """A device from which somebody has logged in before: another one is told to them."""

    not_personal: ClassVar = ("index",)

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    index = models.CharField(max_length=64)
    """Blind index of what the device calls itself and the network it is in."""
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "index"], name="known_device_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.index[:8]}"
