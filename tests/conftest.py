"""What crosses services: each of them wired on a fresh database."""

import importlib
from collections.abc import AsyncIterator, Mapping

import pytest
from _pytest.fixtures import SubRequest

from conftest import MakeSettings
from services.notifier.settings import NotifierSettings
from services.reporting.settings import ReportingSettings
from shared.kit.settings import Settings
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

MADE_OF: Mapping[str, type[Settings]] = {"notifier": NotifierSettings, "reporting": ReportingSettings}
SERVICES = ("ats", "crm", "notifier", "reporting")


@pytest.fixture(params=SERVICES)
async def service(request: SubRequest, make_settings: MakeSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    main = importlib.import_module(f"services.{request.param}.main")
    settings = await make_settings(request.param)
    settings = MADE_OF.get(request.param, Settings).model_validate(settings.model_dump())
    wired: Wired = main.wire(settings, issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()
