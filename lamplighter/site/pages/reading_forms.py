"""The form for what the registers of a meter show."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from lamplighter.metering.queries.meters import LastReading

_SHOWN: Final = r"^[0-9]{1,15}([.,][0-9]{1,6})?$"
_WHO: Final = (("visit", "Our reader, on a visit"), ("customer", "The customer"))


class ReadingForm(forms.Form):
    """Date, time and source, and two fields for each register."""

    read_on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}))
    read_at = forms.TimeField(
        label="Time",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the clocks of the place.",
    )
    source = forms.ChoiceField(label="Read by", choices=_WHO)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, last: Sequence[LastReading], zone: str, **more: Any) -> None:
        super().__init__(data, **more)
        self.last, self.zone = last, ZoneInfo(zone)
        for place, register in enumerate(last):
            self.fields[f"shown_{place}"] = forms.RegexField(
                _SHOWN,
                label=f"Register {register.channel} ({register.unit})",
                required=False,
                max_length=23,
                help_text=_help(register, self.zone),
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages={"invalid": "Digits only, and at most one point."},
            )
            self.fields[f"rolled_over_{place}"] = forms.BooleanField(
                label="It has passed from all nines to zero since the last reading",
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.shown():
            self.add_error("shown_0" if self.last else None, "Enter what at least one shows.")
        if "read_on" in facts and "read_at" in facts:
            local = datetime.combine(facts["read_on"], facts["read_at"], self.zone)
            if local.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != local.replace(
                tzinfo=None
            ):
                self.add_error("read_at", "The clocks went forward over this time.")
            facts["at"] = local
        return facts

    def shown(self) -> dict[str, tuple[Decimal, bool]]:
        """What each register that was read shows, by channel, and whether it rolled over."""
        return {
            register.channel: (
                Decimal(str(self.cleaned_data[f"shown_{place}"]).replace(",", ".")),
                bool(self.cleaned_data.get(f"rolled_over_{place}")),
            )
            for place, register in enumerate(self.last)
            if self.cleaned_data.get(f"shown_{place}")
        }

    def fields_of(self, channel: str) -> dict[str, str]:
        """Which fields a refusal about a register means, by what it calls them."""
        place = [register.channel for register in self.last].index(channel)
        return {"read_at": "read_at", "shown": f"shown_{place}", "channel": f"shown_{place}"}

    @property
    def registers(self) -> list[tuple[Any, Any]]:
        """The fields of each register."""
        return [
            (self[f"shown_{place}"], self[f"rolled_over_{place}"])
            for place, _ in enumerate(self.last)
        ]


def _help(register: LastReading, zone: ZoneInfo) -> str:
    digits = f"{register.dials} digits" + (
        f" and {register.decimals} behind the point" if register.decimals else ""
    )
    if register.read_at is None:
        return f"{digits}. It has not been read here yet."
    read_at = register.read_at.astimezone(zone)
    return f"{digits}. On {read_at.day} {read_at:%B %Y} it showed {register.shown}."
