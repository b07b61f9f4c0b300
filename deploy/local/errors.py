"""The one error of the platform: a sentence for a person."""


class PlatformError(Exception):
    """Says in one sentence what happened and what to do; a tail of a log may follow it."""
