"""Who takes part in the journeys."""

from lamplighter.identity.tests.people import own_mailbox
from tests.web.conftest import bills, consumer, home, neighbour

__all__ = ["bills", "consumer", "home", "neighbour", "own_mailbox"]
