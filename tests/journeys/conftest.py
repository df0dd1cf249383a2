"""Stories of people, who use the API alone."""

from lamplighter.identity.tests.people import own_mailbox

__all__ = ["own_mailbox"]
