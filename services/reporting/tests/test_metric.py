"""What a frozen figure means stands on the log beside it: once for each version, and again when its words change."""

from dataclasses import replace

import pytest

from services.reporting.domain.metric import METRIC, define, evolve, metric_id
from services.reporting.metrics import catalogue
from services.reporting.tests.test_snapshots import Seal, seal
from shared.events.reporting.metric import MetricDefined
from shared.kit.testing.scenario import Scenario
from shared.kit.wiring import Wired

pytestmark = pytest.mark.usefixtures("caught_up")

__all__ = ["seal"]

OF = metric_id("funnel")
FIRST = MetricDefined(
    metric_id=OF, metric="funnel", version=1, title="Funnel", text="Those who came", formula="n", parameters="{}"
)
SECOND = FIRST.model_copy(update={"version": 2})


def test_a_version_is_defined_once_and_beside_the_others() -> None:
    assert define(None, FIRST) == [FIRST]
    assert Scenario(evolve, [FIRST]).when(define, FIRST) == []
    assert Scenario(evolve, [FIRST]).when(define, SECOND) == [SECOND]
    assert Scenario(evolve, [FIRST, SECOND]).when(define, FIRST) == []


def test_other_words_are_told_again() -> None:
    mended = FIRST.model_copy(update={"text": "Those who came so far"})
    assert Scenario(evolve, [FIRST]).when(define, mended) == [mended]
    assert Scenario(evolve, [FIRST, mended]).when(define, mended) == []


async def test_what_a_report_means_is_told_when_it_is_frozen(
    reporting: Wired, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("funnel", "funnel", "time-in-stage"):
        await seal(name)
    loaded = await reporting.store.load(METRIC, OF)
    assert loaded.state is not None
    [told] = loaded.state.definitions.values()
    definition = catalogue.DEFINITIONS["funnel"]
    assert (loaded.version, told.metric, told.version) == (1, "funnel", definition.version)
    assert (told.title, told.text, told.formula) == (definition.title, definition.text, definition.formula)
    assert '"as_of"' in told.parameters
    assert (await reporting.store.load(METRIC, metric_id("time-in-stage"))).version == 1
    mended = replace(definition, text="Those who came")
    monkeypatch.setitem(catalogue.VERSIONS["funnel"], definition.version, mended)
    monkeypatch.setitem(catalogue.DEFINITIONS, "funnel", mended)
    await seal("funnel")
    assert (await reporting.store.load(METRIC, OF)).version == 2
