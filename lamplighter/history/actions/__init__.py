"""What can be done in history."""

from lamplighter.history.actions.copying import copy_bills
from lamplighter.history.actions.rebuilding import rebuild

__all__ = ["copy_bills", "rebuild"]
