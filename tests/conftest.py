"""What crosses services: each of them wired on a fresh database."""

import importlib
from collections.abc import AsyncIterator

import pytest
from _pytest.fixtures import SubRequest

from conftest import MakeSettings
from services.notifier.settings import NotifierSettings
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

SERVICES = ("ats", "crm", "notifier", "reporting")


@pytest.fixture(params=SERVICES)
async def service(request: SubRequest, make_settings: MakeSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    main = importlib.import_module(f"services.{request.param}.main")
    settings = await make_settings(request.param)
    if request.param == "notifier":
        settings = NotifierSettings.model_validate(settings.model_dump())
    wired: Wired = main.wire(settings, issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()
