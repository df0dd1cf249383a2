from zoneinfo import ZoneInfo


def time_zone_named(name: str) -> ZoneInfo | None:
    """The zone of this name in the IANA time zone database (Europe/Berlin), if it has one."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # Not in it; or no name at all: one with a zero byte, a folder, a path out of the database.
        return None
