"""A device that makes and shows passkeys, as a telephone would (WebAuthn, level 2)."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cbor import encode
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

HOST = "testserver"
PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """It holds one passkey."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    owner: bytes = b""
    count: int = 0
    origin: str = f"https://{HOST}"
    host: str = HOST
    flags: int = PRESENT | VERIFIED

    def make(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` answers."""
        asked = options["publicKey"]
        self.owner = websafe_decode(asked["user"]["id"])
        client = self._client("webauthn.create", asked, changed)
        point = ES256.from_cryptography_key(  # type: ignore[no-untyped-call] # it has no types
            self.key.public_key()
        )
        made = bytes(16) + struct.pack(">H", len(self.id)) + self.id + encode(dict(point))
        data = self._data(self.flags | HAS_KEY) + made
        attested = {"fmt": "none", "attStmt": {}, "authData": data}
        answer = {"clientDataJSON": client, "attestationObject": encode(attested)}
        return self._credential(answer)

    def show(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        self.count += 1
        client = self._client("webauthn.get", options["publicKey"], changed)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client).digest()
        answer = {
            "clientDataJSON": client,
            "authenticatorData": data,
            "signature": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            "userHandle": self.owner,
        }
        return self._credential(answer)

    def _client(self, kind: str, asked: dict[str, Any], changed: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": asked["challenge"], "origin": self.origin}
        return json.dumps({**told, **changed}).encode()

    def _data(self, flags: int) -> bytes:
        head = hashlib.sha256(self.host.encode()).digest()
        return head + struct.pack(">BI", flags, self.count)

    def _credential(self, answer: dict[str, bytes]) -> dict[str, Any]:
        named = websafe_encode(self.id)
        told = {name: websafe_encode(value) for name, value in answer.items()}
        return {"id": named, "rawId": named, "type": "public-key", "response": told}
