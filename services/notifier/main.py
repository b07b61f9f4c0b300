"""The notifier, wired: the one place where its parts meet."""

from pathlib import Path

import httpx

from services.notifier import deliveries
from services.notifier.api import notifications
from services.notifier.api.access import SCOPES
from services.notifier.dispatch import Dispatch
from services.notifier.reactions.from_ats import from_ats
from services.notifier.reactions.from_reporting import from_reporting
from services.notifier.senders.email import Email
from services.notifier.senders.port import Sender
from services.notifier.senders.slack import Slack
from services.notifier.settings import NotifierSettings
from shared.kit.consumer import Consumer
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")


def wire(settings: NotifierSettings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("notifier", settings, issuer=issuer)
    database = machinery.database
    ats = Consumer("notifier.ats", ("ats.events",), machinery.kafka, database, from_ats(database))
    reporting = Consumer(
        "notifier.reporting", ("reporting.events",), machinery.kafka, database, from_reporting(database)
    )
    dispatch = Dispatch(machinery.store, senders(settings), ats.caught_up)
    return machinery.serve(
        "Tells people what happened, in Slack or by mail: one event, one recipient, one message.",
        (notifications.router,),
        SCOPES,
        consumers=(ats, reporting),
        tasks={"dispatch": dispatch.run},
        restored=deliveries.restore,
    )


def senders(settings: NotifierSettings) -> list[Sender]:
    """Those that are set, by preference."""
    found: list[Sender] = []
    if settings.slack_url is not None and settings.slack_token is not None:
        found.append(Slack(settings.slack_url, settings.slack_token.get_secret_value()))
    if settings.smtp_host is not None:
        found.append(Email(settings.smtp_host, settings.smtp_port, settings.mail_from))
    return found
