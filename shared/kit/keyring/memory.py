"""A keyring in memory, for tests of what uses one."""

import os
from collections.abc import Collection, Mapping

from shared.kit.context import now
from shared.kit.keyring.port import Destroyed, Key, KeyAbsent, KeyName


class MemoryKeyring:
    def __init__(self) -> None:
        self._live: dict[KeyName, Key] = {}
        self._by_number: dict[int, Key | Destroyed] = {}

    async def issue(self, names: Collection[KeyName]) -> Mapping[KeyName, Key]:
        for name in names:
            if name not in self._live:
                key = Key(len(self._by_number) + 1, os.urandom(32))
                self._live[name] = self._by_number[key.number] = key
        return {name: self._live[name] for name in names}

    async def keys(self, numbers: Collection[int]) -> Mapping[int, Key | Destroyed]:
        try:
            return {number: self._by_number[number] for number in numbers}
        except KeyError as missing:
            raise KeyAbsent(f"key {missing}") from None

    async def destroy(self, subject: str, purpose: str | None = None) -> int:
        gone = [n for n in self._live if n.subject == subject and purpose in (None, n.purpose)]
        for name in gone:
            number = self._live.pop(name).number
            self._by_number[number] = Destroyed(number, now())
        return len(gone)
