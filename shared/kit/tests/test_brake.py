"""The brake: a few bad events are parked and passed by, a handler that fails at every turn is stopped."""

import pytest

from shared.kit import brake
from shared.kit.brake import MOST_KEYS, SHARE_FROM, WINDOW_S, Brake, Braked


def test_more_than_fifty_keys_stop_a_handler() -> None:
    counted = Brake()
    for _ in range(MOST_KEYS):
        counted.count(handled=1, parked=1)
    with pytest.raises(Braked, match=f"{MOST_KEYS + 1} keys"):
        counted.count(handled=1, parked=1)


def test_more_than_one_in_a_hundred_stops_a_handler_once_there_were_enough() -> None:
    counted = Brake()
    counted.count(handled=SHARE_FROM - 1, parked=11)
    with pytest.raises(Braked):
        counted.count(handled=1, parked=0)


def test_one_in_a_hundred_is_let_pass() -> None:
    Brake().count(handled=SHARE_FROM, parked=SHARE_FROM // 100)


def test_what_was_parked_longer_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, at = Brake(), 1_000.0
    monkeypatch.setattr(brake, "monotonic", lambda: at)
    counted.count(handled=0, parked=MOST_KEYS)
    at += WINDOW_S + 1
    counted.count(handled=0, parked=MOST_KEYS)
    with pytest.raises(Braked):
        counted.count(handled=0, parked=1)
