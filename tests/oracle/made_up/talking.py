"""Made-up words to and of candidates: messages, automatic or not, and what they say of themselves."""

from dataclasses import dataclass, field
from uuid import UUID

from shared.events.personal import Clear, Erased
from tests.oracle import to_come
from tests.oracle.made_up.applying import Application, Applying
from tests.oracle.made_up.scribe import Scribe

TOLD = ("blue", "green", "blue", "green", "red", None)


@dataclass
class Talking:
    scribe: Scribe
    applying: Applying
    erased: dict[UUID, bool] = field(default_factory=dict)
    """By person, whether they were erased since, and nothing that they told can be read any more."""

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

    def tell_of_themselves(self, application: Application, what: str | None = None) -> None:
        """Again and again, and one word less certain than the other."""
        for category in self.scribe.one_of((("race",), ("race",), ("race", "sex"), ("sex",))):
            self._record(application, category, what or self.scribe.one_of(TOLD))

    def crowd(self) -> list[tuple[Application, str | None]]:
        """Several people apply at once; returns who came and what they say they are."""
        came = [(self.applying.somebody_new(), self.scribe.one_of(TOLD)) for _ in range(9 + self.scribe.up_to(5))]
        for application, what in came:
            if what:
                self._record(application, "race", what)
        return came

    def _record(self, application: Application, category: str, value: str | None) -> None:
        if application.person not in self.erased:
            self.erased[application.person] = self.scribe.one_in(10)
        recorded = to_come.event(
            to_come.SELF_IDENTIFICATION,
            person_id=application.person,
            application_id=application.id,
            category=category,
            value=Erased("") if self.erased[application.person] else Clear(value),
            form_version="1",
        )
        self.scribe.tell(recorded, after=[application.stream])
