"""How an e-mail address is spelt."""

import unicodedata


def normalised_email(address: str) -> str:
    """
    The one spelling under which an address is kept: compatibility forms resolved (NFKC), case
    folded. Two addresses that differ in these alone are one mailbox in practice, and a disguise
    where they are not.
    """
    folded = unicodedata.normalize("NFKC", address.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
