"""Meters, where they hang, what their registers showed; and which interval files there are."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.kernel import new_id
from lamplighter.metering.domain.blocks import FLOWS, Quality
from lamplighter.metering.domain.buckets import BUCKETS
from lamplighter.metering.domain.registers import MOST_DIGITS
from lamplighter.platform.append_only import AppendOnly

COMMODITIES = ["electricity", "gas", "water"]


class Meter(models.Model):
    """A device that measures one commodity. Makers number their meters; two makers may agree."""

    not_personal: ClassVar = ("serial", "make", "commodity")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    serial = models.CharField(max_length=64)
    make = models.CharField(max_length=64)
    commodity = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["make", "serial"], name="meter_unique"),
            models.CheckConstraint(
                condition=Q(commodity__in=COMMODITIES), name="meter_commodity_known"
            ),
            models.CheckConstraint(condition=~Q(serial=""), name="meter_serial_given"),
        ]

    def __str__(self) -> str:
        return f"{self.make} {self.serial}"


class Register(AppendOnly):
    """
    One thing that a meter counts. It stays as it is, since its readings mean what it says: a
    meter whose registers are set up anew is entered as another meter, and exchanged.
    """

    not_personal: ClassVar = ("channel", "flow", "unit")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="registers")
    channel = models.CharField(max_length=64)
    """Its name at the usage point, the same across an exchange: E1, B1, 1.8.0."""
    flow = models.CharField(max_length=16)
    unit = models.CharField(max_length=16)
    dials = models.PositiveSmallIntegerField()
    decimals = models.PositiveSmallIntegerField(default=0)
    multiplier = models.DecimalField(max_digits=15, decimal_places=6, default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meter", "channel"], name="register_unique"),
            models.CheckConstraint(condition=Q(flow__in=list(FLOWS)), name="register_flow_known"),
            models.CheckConstraint(
                condition=~Q(channel="") & ~Q(unit=""), name="register_names_given"
            ),
            models.CheckConstraint(
                condition=Q(dials__gte=1, dials__lte=MOST_DIGITS - F("decimals")),
                name="register_digits_fit",
            ),
            models.CheckConstraint(
                condition=Q(multiplier__gt=0), name="register_multiplier_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.channel}"


class Installation(models.Model):
    """
    A meter at a usage point, from one instant up to but not including another.

    The database refuses a meter in two places, and two registers of one channel at one place, at
    the same time (see the migration `0002_what_always_holds`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    meter = models.ForeignKey(Meter, models.PROTECT, related_name="installations")
    usage_point = models.ForeignKey("customers.UsagePoint", models.PROTECT, related_name="+")
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(removed_at__gt=F("installed_at")),
                name="installation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} at {self.usage_point_id} from {self.installed_at:%Y-%m-%d %H:%M}"


class RegisterReading(AppendOnly):
    """
    What a register showed at an instant, as it was known from `recorded_at` on.

    A correction is another row for the same instant, recorded later. The database refuses a count
    that the dials cannot show.
    """

    not_personal: ClassVar = ("source",)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    register = models.ForeignKey(Register, models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    count = models.BigIntegerField()
    """Steps of the last digit: whole, so that it is exact in every database."""
    rolled_over = models.BooleanField(default=False)
    """Whether the dials passed from all nines to all zeros since the reading before."""
    quality = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)
    """Who or what read it: a file's name, `visit`, `customer`."""
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["register", "at", "recorded_at"], name="register_reading_version_unique"
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="register_reading_counts_up"),
            models.CheckConstraint(
                condition=Q(quality__in=[q.value for q in Quality if q]),
                name="register_reading_quality_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register_id} {self.at:%Y-%m-%d %H:%M} {self.count}"


class ReadingImport(AppendOnly):
    """A file of interval readings that was stored, whole."""

    not_personal: ClassVar = ("name", "sha256", "format")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=32)
    usage_points = models.PositiveIntegerField()
    intervals_new = models.PositiveBigIntegerField()
    intervals_changed = models.PositiveBigIntegerField()
    intervals_unchanged = models.PositiveBigIntegerField()
    recorded_at = models.DateTimeField()
    """The version time of all that it brought."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sha256"], name="reading_import_sha256")]

    def __str__(self) -> str:
        return f"{self.name} {self.recorded_at:%Y-%m-%d %H:%M}"


class IntervalChannel(models.Model):
    """A channel of a usage point with interval readings, and when they changed last."""

    not_personal: ClassVar = ("channel",)

    id = models.BigAutoField(primary_key=True)
    usage_point = models.ForeignKey("customers.UsagePoint", models.PROTECT, related_name="+")
    channel = models.CharField(max_length=64)
    changed_at = models.DateTimeField(null=True)
    """`recorded_at` of its newest version: each append moves it on, and is held against it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["usage_point", "channel"], name="interval_channel_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.usage_point_id} {self.channel}"


class IntervalFile(models.Model):
    """
    An immutable Parquet file of interval blocks. What has no row here is not there.

    Rows are added in the transaction of what they store, so files and everything else that the
    transaction says become true at once.
    """

    not_personal: ClassVar = ("role",)

    class Role(models.TextChoices):
        CURRENT = "current"
        """No day is in two of a partition's current files: they are read as they are."""
        REVISION = "revision"
        """Newer versions of days that are in a current file."""
        HISTORY = "history"
        """Older versions of days that are in a current file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    month = models.DateField()
    """Its first day."""
    bucket = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=16, choices=Role.choices)
    rows = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    first_usage_point = models.UUIDField()
    last_usage_point = models.UUIDField()
    first_recorded_at = models.DateTimeField()
    last_recorded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    """When compaction put others in its place. It is deleted some time after."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(bucket__lt=BUCKETS), name="interval_file_bucket"),
            models.CheckConstraint(condition=Q(month__day=1), name="interval_file_month"),
            models.CheckConstraint(
                condition=Q(role__in=["current", "revision", "history"]),
                name="interval_file_role_known",
            ),
            models.CheckConstraint(
                condition=Q(rows__gt=0)
                & Q(last_day__gte=F("first_day"))
                & Q(last_usage_point__gte=F("first_usage_point"))
                & Q(last_recorded_at__gte=F("first_recorded_at")),
                name="interval_file_bounds_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["bucket", "month"],
                condition=Q(replaced_at=None),
                name="interval_file_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} bucket {self.bucket:02} {self.id}"
