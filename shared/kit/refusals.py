"""Why something was not done. Each refusal is a fact, becomes one problem type over HTTP, and names the next step."""

from typing import ClassVar


class Refusal(Exception):
    """A rule of the domain or of the machinery says no. `next_step` completes "you can …" for the caller."""

    status: ClassVar[int] = 409
    slug: ClassVar[str]
    title: ClassVar[str]
    next_step: str = ""
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str, next_step: str = "", **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.next_step = next_step or self.next_step
        self.extra = extra


class Missing(Refusal):
    status, slug, title = 404, "not-found", "There is no such thing"
    next_step = "check the id; you may also lack the right to see it"


class AlreadyThere(Refusal):
    slug, title = "already-exists", "It exists already"
    next_step = "read it and change it instead of creating it"


class Conflict(Refusal):
    slug, title = "conflict", "Somebody else changed it at the same time"
    next_step = "read it again and repeat the request"


class Stale(Refusal):
    status, slug, title = 412, "stale", "It has changed since you read it"
    next_step = "read it again, look at what changed, and repeat the request with the new ETag"


class NewerVersion(Refusal):
    slug, title = "written-by-newer-version", "A newer version of this service wrote it"
    next_step = "repeat the request against the newer version"


class ReadOnly(Refusal):
    status, slug, title = 503, "read-only", "This service does not accept writes at the moment"
    next_step = "repeat the request later, with the same Idempotency-Key"
    retry_after = 5


class Invalid(Refusal):
    status, slug, title = 422, "invalid", "The request can't be carried out as it stands"
    next_step = "correct the request and send it again"


class NotAcceptable(Refusal):
    status, slug, title = 406, "not-acceptable", "It can't be had in this form"
    next_step = "ask for one of the forms that are named"


class InFlight(Refusal):
    slug, title = "in-flight", "The same request is being carried out right now"
    next_step = "repeat it in a moment, with the same Idempotency-Key"
    retry_after = 1


class KeyReused(Refusal):
    status, slug, title = 422, "idempotency-key-reused", "This Idempotency-Key belongs to another request"
    next_step = "send a different request with a new Idempotency-Key"


class Unauthenticated(Refusal):
    status, slug, title = 401, "unauthenticated", "No valid token came with the request"
    next_step = "send a bearer token of the configured issuer and audience"


class Forbidden(Refusal):
    status, slug, title = 403, "forbidden", "Your role does not allow this"
    next_step = "ask an administrator for a role that has the scope"


class UnknownMember(Refusal):
    status, slug, title = 403, "unknown-member", "Nobody here is known by this token"
    next_step = "ask an administrator to add you as a member, or to make you active again"


class CorruptStream(Exception):
    """A history that can't have happened: never refused when it is read, always an operator's problem."""

    def __init__(self, state: object, event: object) -> None:
        super().__init__(f"{type(event).__name__} can't follow {type(state).__name__ if state else 'nothing'}")
