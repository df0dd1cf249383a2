"""Entering by hand what a meter shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lamplighter.billing.queries.accounts import Property, properties_of
from lamplighter.customers import queries as customers
from lamplighter.customers.domain import Sight
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Period, Refusal, new_id
from lamplighter.metering import actions
from lamplighter.metering.queries.meters import InstalledMeter, MeterNotThere, last_readings
from lamplighter.metering.queries.register_usage import register_usage
from lamplighter.platform.access import caller, needs_page
from lamplighter.platform.canonical_json import JSON, canonical
from lamplighter.platform.idempotency import once
from lamplighter.platform.web import actor
from lamplighter.site.pages.forms import tell
from lamplighter.site.pages.reading_forms import ReadingForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What passed a register since it was read before."""

    channel: str
    shown: Decimal
    quantity: Decimal | None
    """None: it was not read before."""
    unit: str
    since: datetime | None
    days: int


@needs_page(Action.RECORD_READINGS)
@require_safe
def choose_meter(request: HttpRequest, number: str) -> HttpResponse:
    """The meters of an account; where there is one only, its form at once."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    properties = properties_of(account.id, at=timezone.now())
    meters = [(place, meter) for place in properties for meter in place.meters]
    if len(meters) == 1:
        return redirect("reading", number=number, meter_id=meters[0][1].meter_id)
    return render(request, "site/meters.html", {"account": account, "meters": meters})


@needs_page(Action.RECORD_READINGS)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, number: str, meter_id: UUID) -> HttpResponse:
    """A form, then what it would mean, then it is written down."""
    account = customers.account_in_sight(number, Sight.of(caller(request)))
    place, meter = _meter_of(account.id, meter_id)
    last = last_readings(meter_id=meter_id)
    if request.method == "GET":
        now = timezone.now().astimezone(ZoneInfo(place.time_zone))
        initial = {"read_on": now.date(), "read_at": now.time(), "token": new_id()}
        form = ReadingForm(None, last=last, zone=place.time_zone, initial=initial)
    else:
        form = ReadingForm(request.POST, last=last, zone=place.time_zone)
    page: dict[str, Any] = {"account": account, "place": place, "meter": meter, "form": form}
    if not form.is_valid():
        return _form(request, page)
    if "change" in request.POST:
        return _form(request, page)
    if "confirmed" not in request.POST:
        used = _try_out(request, meter_id, place, form)
        if used is None:
            return _form(request, page)
        return render(request, "site/reading_confirm.html", page | {"used": used})
    try:
        _record_once(request, meter_id, form)
    except Refusal as no:
        tell(form, no)
        return _form(request, page)
    messages.success(request, f"The reading of {meter.make} {meter.serial} is written down.")
    return redirect("account", number=number)


def _form(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    status = 422 if page["form"].errors else 200
    return render(request, "site/reading.html", page, status=status)


def _meter_of(account_id: UUID, meter_id: UUID) -> tuple[Property, InstalledMeter]:
    for place in properties_of(account_id, at=timezone.now()):
        for meter in place.meters:
            if meter.meter_id == meter_id:
                return place, meter
    raise MeterNotThere


def _try_out(
    request: HttpRequest, meter_id: UUID, place: Property, form: ReadingForm
) -> list[Used] | None:
    """Write it down, look at what that means, and take it back. None: it was refused."""
    with transaction.atomic():
        for channel in form.shown():
            try:
                with transaction.atomic():
                    _record(request, meter_id, form, channel)
            except Refusal as no:
                named = form.fields_of(channel)
                tell(form, no, fields=named, otherwise=named["shown"])
        used = None if form.errors else [_used(place, form, channel) for channel in form.shown()]
        transaction.set_rollback(True)
    return used


def _used(place: Property, form: ReadingForm, channel: str) -> Used:
    at: datetime = form.cleaned_data["at"]
    register = next(one for one in form.last if one.channel == channel)
    # Readings further back than a hundred years are nobody's.
    period = Period(at - timedelta(days=36525), at + timedelta(microseconds=1))
    usages = register_usage(usage_point_id=place.usage_point_id, channel=channel, period=period)
    latest = next((one for one in reversed(usages) if one.period.end == at), None)
    return Used(
        channel=channel,
        shown=form.shown()[channel][0],
        quantity=None if latest is None else latest.used.value,
        unit=register.unit,
        since=None if latest is None else latest.period.start,
        days=0 if latest is None else latest.period.duration.days,
    )


def _record_once(request: HttpRequest, meter_id: UUID, form: ReadingForm) -> None:
    """However often the button is pressed: the token of the form is its idempotency key."""
    at = form.cleaned_data["at"].isoformat()
    asked: dict[str, JSON] = {c: [str(value), over] for c, (value, over) in form.shown().items()}

    def record() -> dict[str, Any]:
        ids = {c: str(_record(request, meter_id, form, c)) for c in form.shown()}
        return {"readings": ids}

    once(
        actor=actor(request),
        key=str(form.cleaned_data["token"]),
        operation=f"record_register_reading {meter_id}",
        body=canonical({"at": at, "shown": asked, "source": form.cleaned_data["source"]}),
        at=timezone.now(),
        act=record,
    )


def _record(request: HttpRequest, meter_id: UUID, form: ReadingForm, channel: str) -> UUID:
    shown, rolled_over = form.shown()[channel]
    return actions.record_register_reading(
        meter_id=meter_id,
        channel=channel,
        read_at=form.cleaned_data["at"],
        shown=shown,
        rolled_over=rolled_over,
        source=form.cleaned_data["source"],
        by=actor(request),
        at=timezone.now(),
    )
