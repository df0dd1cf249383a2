"""Second factors as allauth keeps them, but sealed."""

import base64
import secrets
from typing import Final

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lamplighter.platform import stored_secrets

SECRET: Final = "second-factors"  # noqa: S105 - its name
_NONCE_BYTES: Final = 12


class SealedFactors(DefaultMFAAdapter):
    """
    allauth keeps the secrets of authenticator apps in clear. Here they are sealed by AES-256-GCM
    under a secret of the installation, itself sealed by the master key.
    """

    def encrypt(self, text: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(stored_secrets.secret(SECRET)).encrypt(nonce, text.encode(), None)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """:raises InvalidTag: if it was changed"""
        sealed = base64.b64decode(encrypted_text)
        key = AESGCM(stored_secrets.secret(SECRET))
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
