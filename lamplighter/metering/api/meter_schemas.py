"""Meters as the API tells them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from lamplighter.metering.domain.registers import Dials, RegisterPlan
from lamplighter.metering.queries.meter_lists import WholeMeter
from lamplighter.platform.schemas import DecimalIn, DecimalText, In, Line, Moment, Shown
from lamplighter.platform.sparse import Sparse

Name = Annotated[Line, Field(min_length=1, max_length=64)]
Commodity = Literal["electricity", "gas", "water"]
Flow = Literal["import", "export", "reactive-import", "reactive-export", "apparent", "other"]
Readings = Annotated[
    dict[str, Shown], Field(max_length=32, description="What each channel's register shows.")
]


class MeterRegisterIn(In):
    """One thing that a meter counts."""

    channel: Name = Field(examples=["E1"])
    flow: Flow
    unit: Annotated[Line, Field(min_length=1, max_length=16)] = Field(examples=["kWh"])
    dials: Annotated[int, Field(strict=True, ge=1, le=18)] = Field(description="Before the point.")
    decimals: Annotated[int, Field(strict=True, ge=0, le=17)] = 0
    multiplier: DecimalIn = Decimal(1)

    def plan(self) -> RegisterPlan:
        dials = Dials(dials=self.dials, decimals=self.decimals, multiplier=self.multiplier)
        return RegisterPlan(channel=self.channel, flow=self.flow, unit=self.unit, dials=dials)


class MeterIn(In):
    """A meter as it is added."""

    serial: Name
    make: Name
    commodity: Commodity
    registers: list[MeterRegisterIn] = Field(min_length=1, max_length=32)


class InstallationIn(In):
    """Where and when a meter was hung up."""

    usage_point: Name = Field(description="Its reference.")
    installed_at: Moment
    readings: Readings = Field(default_factory=dict)


class RemovalIn(In):
    """When a meter was taken down."""

    removed_at: Moment
    readings: Readings = Field(default_factory=dict)


class ExchangeIn(In):
    """Which meter took a meter's place, and when."""

    new_meter: UUID
    exchanged_at: Moment
    final_readings: Readings
    first_readings: Readings


class MeterMadeOut(Schema):
    """What there is now."""

    id: UUID


class MeterOut(Schema):
    """A meter in short."""

    id: UUID
    make: str
    serial: str
    commodity: str


class RegisterOut(Schema):
    """One thing that a meter counts."""

    channel: str
    flow: str
    unit: str
    dials: int
    decimals: int
    multiplier: DecimalText


class InstallationOut(Schema):
    """Where a meter hangs, or hung."""

    usage_point: str
    installed_at: datetime
    removed_at: datetime | None


class WholeMeterOut(Schema):
    """A meter with its registers and places."""

    id: UUID
    make: str
    serial: str
    commodity: str
    registers: list[RegisterOut]
    installations: list[InstallationOut]


class MeterReadingOut(Schema):
    """What a register showed at an instant."""

    id: UUID
    channel: str
    unit: str
    read_at: datetime
    shown: DecimalText
    rolled_over: bool
    quality: str
    source: str
    recorded_at: datetime = Field(description="Later than another of this instant: it corrects it.")


METERS = Sparse(MeterOut, always=("id",))


def meter_out(told: WholeMeter) -> dict[str, Any]:
    """What `WholeMeterOut` says."""
    return {
        "id": told.id,
        "make": told.make,
        "serial": told.serial,
        "commodity": told.commodity,
        "registers": [
            {
                "channel": one.channel,
                "flow": one.flow,
                "unit": one.unit,
                "dials": one.dials.dials,
                "decimals": one.dials.decimals,
                "multiplier": f"{one.dials.multiplier:f}",
            }
            for one in told.registers
        ],
        "installations": told.installations,
    }
