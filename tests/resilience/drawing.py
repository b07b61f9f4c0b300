"""Which faults strike a run, and when: drawn from its seed."""

from collections.abc import Callable, Sequence

from deploy.local.platform import SERVICES
from player.story.dice import Dice
from tests.resilience.faults import (
    DieAt,
    Fault,
    Forget,
    Freeze,
    HangUp,
    Kill,
    KillUnconnected,
    Network,
    Rebuild,
    StalledLeader,
    Terminate,
)

WRITERS = ("ats", "crm", "notifier")
CONSUMERS = (
    ("ats", "ats.prospects"), ("crm", "crm.ats"), ("crm", "crm.candidates"), ("notifier", "notifier.ats"),
    ("reporting", "reporting.facts"),
)  # fmt: skip
UNITS = ("unit.writing", "unit.committed")
RELAYS = ("relay.sent", "relay.committed")
POINTS = {
    "ats": (*UNITS, *RELAYS, "consumer.committed"),
    "crm": (*UNITS, *RELAYS, "consumer.applied", "consumer.committed"),
    "notifier": (*UNITS, *RELAYS, "consumer.applied", "consumer.committed"),
    "reporting": ("consumer.applied", "consumer.committed"),
}


def drawn(seed: int, count: int) -> list[tuple[float, Fault]]:
    """So many faults, each with the share of the load after which it strikes. None of a kind before every kind came."""
    dice = Dice(seed, "faults")
    kinds: list[Callable[[Dice], Fault]] = []
    while len(kinds) < count:
        kinds += dice.shuffled(KINDS)
    return [((nth + dice.number(2, 8) / 10) / (count + 1), kind(dice)) for nth, kind in enumerate(kinds[:count])]


def _dies_somewhere(dice: Dice) -> Fault:
    service = dice.one(SERVICES)
    return DieAt(service, dice.one(POINTS[service]), dice.number(1, 6))


def _rebuilds(dice: Dice) -> Fault:
    service = dice.one(SERVICES)
    return Rebuild(service, dies=service != "ats" and dice.chance(0.5))


def _network(dice: Dice) -> Fault:
    return Network(
        dice.one(("kafka", "postgres")), dice.one(("slow", "narrow", "silent", "cut", "reset")), dice.number(3, 8)
    )


def _forgets(dice: Dice) -> Fault:
    return Forget(*dice.one(CONSUMERS))


# A kind that is listed twice is drawn twice as often.
KINDS: Sequence[Callable[[Dice], Fault]] = (
    lambda dice: Kill(dice.one(SERVICES)),
    lambda dice: Kill(dice.one(SERVICES)),
    lambda dice: Kill("kafka"),
    lambda dice: Kill("postgres"),
    lambda dice: Terminate(dice.one(SERVICES)),
    lambda dice: Freeze(dice.one((*SERVICES, "kafka", "postgres")), dice.number(4, 9)),
    lambda dice: HangUp(dice.one((*SERVICES, "keyring"))),
    lambda dice: StalledLeader(dice.one(WRITERS)),
    _dies_somewhere,
    _dies_somewhere,
    _dies_somewhere,
    _rebuilds,
    _forgets,
    _network,
    _network,
    lambda dice: KillUnconnected(dice.one(SERVICES)),
)
