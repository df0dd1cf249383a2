"""Who takes part in the journeys."""

from tests.web.conftest import bills, consumer, home, neighbour

__all__ = ["bills", "consumer", "home", "neighbour"]
