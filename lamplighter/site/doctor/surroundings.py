"""The machine: Python, disk, clock, time zones, a place for compiled code."""

import os
import re
import shutil
import sys
import sysconfig
import tempfile
import zoneinfo
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import tzdata

import lamplighter
from lamplighter.site.doctor.finding import Finding, ok, problem, warning

PYTHON_MIN: Final = (3, 11)
FREE_BYTES_MIN: Final = 500 * 1000**2
FREE_BYTES_GOOD: Final = 5 * 1000**3


def check_python() -> Iterator[Finding]:
    version = sys.version.split()[0]
    if sys.version_info < PYTHON_MIN:
        yield problem("python", version, "Install Python 3.11 or newer.")
    else:
        yield ok("python", f"{version}, {sysconfig.get_platform()}")


def check_home(home: Path) -> Iterator[Finding]:
    """:param home: need not be there yet"""
    there = next(path for path in (home, *home.parents) if path.exists())
    if not _writable(there):
        remedy = f"Give yourself the right to write in {there}, or set LAMPLIGHTER_HOME."
        yield problem("home", f"{home} cannot be written", remedy)
        return
    yield ok("home", f"{home}" if there == home else f"{home} will be made when it is needed")
    free = shutil.disk_usage(there).free
    says = f"{free / 1000**3:,.1f} GB free"
    if free < FREE_BYTES_MIN:
        yield problem("disk", says, f"Make room on the disk of {there}.")
    elif free < FREE_BYTES_GOOD:
        yield warning("disk", says, f"Make room on the disk of {there} before it is full.")
    else:
        yield ok("disk", says)


def _writable(directory: Path) -> bool:
    # By trying: what the permissions say is not all (full, read-only, root).
    try:
        with tempfile.TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


def check_time_zones(at: datetime) -> Iterator[Finding]:
    """Bills follow local days: old rules of daylight saving make wrong ones."""
    packaged = tzdata.IANA_VERSION
    system = _system_time_zones()
    version = packaged if system is None else _version_of(system)
    says = f"{version or 'of unknown version'}, from {system or 'the package tzdata'}"
    if version and version < packaged:
        remedy = (
            "Bring the system's tzdata up to date, or set PYTHONTZPATH to nothing, so that the "
            f"{packaged} which came with Lamplighter is used."
        )
        yield warning("time zones", says, remedy)
    elif version and int(version[:4]) < at.year - 1:
        yield warning("time zones", says, "Bring Lamplighter's packages up to date.")
    else:
        yield ok("time zones", says)


def _system_time_zones() -> Path | None:
    """Where Python finds the rules before it looks at the package."""
    places = [Path(place) for place in zoneinfo.TZPATH]
    return next((place for place in places if (place / "Europe" / "Berlin").exists()), None)


def _version_of(zones: Path) -> str | None:
    rules = zones / "tzdata.zi"
    if not rules.exists():
        return None
    with rules.open(encoding="utf-8", errors="replace") as lines:
        version = re.match(r"# version (\d{4}\w*)", lines.readline())
    return version[1] if version else None


def check_clock(at: datetime) -> Iterator[Finding]:
    says = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    # Rules of time zones are not written before their time.
    if at.year < int(tzdata.IANA_VERSION[:4]):
        yield problem("clock", f"{says} lies in the past", "Set the clock, by NTP.")
    else:
        yield ok("clock", says)


def check_compiled_code() -> Iterator[Finding]:
    """Compiled once and kept, the kernels start in milliseconds instead of seconds."""
    package = Path(lamplighter.__file__).parent
    asked = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(asked)] if asked else [package, Path.home() / ".cache"]
    for place in places:
        if _writable(next(path for path in (place, *place.parents) if path.exists())):
            yield ok("compiled code", f"is kept under {place}")
            return
    remedy = "Set NUMBA_CACHE_DIR to a directory that can be written."
    yield warning("compiled code", f"cannot be kept under {places[0]}", remedy)
