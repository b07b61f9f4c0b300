"""Made-up words to and of candidates: messages, automatic or not, and what they say of themselves."""

from dataclasses import dataclass

from shared.events.personal import Clear
from tests.oracle import to_come
from tests.oracle.made_up.applying import Application, Applying
from tests.oracle.made_up.scribe import Scribe

TOLD = ("blue", "green", "red", None)


@dataclass
class Talking:
    scribe: Scribe
    applying: Applying

    def write(self, application: Application) -> None:
        """Not every application has been seen when the notifier writes."""
        sent = to_come.event(
            to_come.MESSAGE_SENT,
            message_id=self.scribe.new("message"),
            recipient_id=application.person,
            application_id=application.id,
            kind="received",
            automatic=self.scribe.one_in(2),
            channel="email",
        )
        self.scribe.tell(sent, after=[application.stream])

    def tell_of_themselves(self, application: Application) -> None:
        """Again and again, and one word less certain than the other."""
        for category in self.scribe.one_of((("race",), ("sex",), ("race", "sex"))):
            recorded = to_come.event(
                to_come.SELF_IDENTIFICATION,
                person_id=application.person,
                application_id=application.id,
                category=category,
                value=Clear(self.scribe.one_of(TOLD)),
                form_version="1",
            )
            self.scribe.tell(recorded, after=[application.stream])

    def crowd(self) -> list[Application]:
        """Several people apply at once and say what they are; returns who came."""
        came = [self.applying.somebody_new() for _ in range(4 + self.scribe.up_to(6))]
        for application in came:
            if not self.scribe.one_in(8):
                self.tell_of_themselves(application)
        return came
