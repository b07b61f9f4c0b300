"""What the notifier is told beyond what every service is (prefix HIRELOG_)."""

from pydantic import Field, SecretStr

from shared.kit.settings import Settings


class NotifierSettings(Settings):
    """Without Slack everything goes by mail; without both nothing is sent, and that is recorded."""

    slack_url: str | None = Field(default=None, description="Base of Slack's Web API, as https://slack.com/api/")
    slack_token: SecretStr | None = None
    smtp_host: str | None = None
    smtp_port: int = 25
    mail_from: str = "Hirelog <no-reply@hirelog.example>"
