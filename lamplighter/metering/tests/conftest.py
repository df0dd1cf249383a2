"""Places at which the tests of metering measure, and files that they read."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pytest_django import Settings

from lamplighter.customers import actions as customers
from lamplighter.metering.ports.interval_plane import IntervalPlane, interval_plane
from lamplighter.metering.queries.files import SeriesSummary, inspect

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
NewUsagePoint = Callable[..., UUID]


@pytest.fixture
def new_usage_point() -> NewUsagePoint:
    """Add a usage point, numbered; with a commodity and a time zone, where they matter."""
    count = 0

    def add(commodity: str = "electricity", *, time_zone: str = "UTC") -> UUID:
        nonlocal count
        count += 1
        location = customers.add_service_location(
            address=f"{count} High Street", time_zone=time_zone, by="test", at=NEW_YEAR
        )
        return customers.add_usage_point(
            service_location_id=location,
            reference=f"UP{count}",
            commodity=commodity,
            by="test",
            at=NEW_YEAR,
        )

    return add


@pytest.fixture
def home(new_usage_point: NewUsagePoint) -> UUID:
    """A usage point."""
    return new_usage_point()


@pytest.fixture
def plane(settings: Settings, tmp_path: Path) -> IntervalPlane:
    """The interval plane of this installation, in a folder of the test's own."""
    settings.LAMPLIGHTER_INTERVALS = tmp_path / "intervals"
    return interval_plane()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Write what a test says into a file of this name."""

    def write(content: str | bytes, name: str = "file.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def inspected(written: Callable[..., Path]) -> Callable[..., list[SeriesSummary]]:
    """Look into what a test says."""

    def look(content: str | bytes, name: str = "file.txt", **how: str) -> list[SeriesSummary]:
        return inspect(written(content, name), **how)  # type: ignore[arg-type]

    return look


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """Write files into an archive."""

    def write(members: dict[str, bytes], name: str = "archive.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        return path

    return write
