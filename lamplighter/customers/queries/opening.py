"""What is sealed about accounts and places is opened, for many at once."""

from typing import Final

HOLDER: Final = "customers_account.holder"
POSTAL_ADDRESS: Final = "customers_account.postal_address"
ADDRESS: Final = "customers_servicelocation.address"
"""Where each sealed text belongs: `table.column`."""
