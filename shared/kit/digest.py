"""Keyed digests of addresses: equal ones can be found without anybody being able to read, or to guess, them."""

import hashlib
import hmac


class Digest:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_email(self, address: str) -> str:
        """Of the normalised address: trimmed and lower case, no provider's tricks. 64 hexadecimal digits."""
        return hmac.new(self._key, address.strip().lower().encode(), hashlib.sha256).hexdigest()
