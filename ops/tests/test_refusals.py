"""Whatever can't be done ends with one sentence that names the next step, code 1, and no traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ops.tests.conftest import Hirelog

NOBODY = "127.0.0.1:1"
Altered = Callable[[Callable[[dict[str, Any]], object]], Hirelog]
EVERY = (
    ("status",), ("tail",), ("topics",), ("parked", "list"), ("parked", "show", "reporting.facts", "k"),
    ("parked", "redrive", "reporting.facts", "--all"), ("parked", "discard", "reporting.facts", "k", "--reason", "r"),
    ("rebuild", "reporting"), ("verify",),
)  # fmt: skip


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
async def test_no_installation(command: tuple[str, ...], tmp_path: Path) -> None:
    refused = await Hirelog(tmp_path / "none.json")(*command)
    assert refused.code == 1
    assert refused.err.startswith(f"There is no installation at {tmp_path / 'none.json'}: start one")
    assert (refused.out, refused.err.count("\n")) == ("", 1)
    assert json.loads((await Hirelog(tmp_path / "none.json")(*command, "--json")).out).keys() == {"error"}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("rebuild", "payroll"), "There is no service payroll: choose from ats, crm, notifier, reporting."),
        (("verify", "payroll"), "There is no service payroll: choose from ats, crm, notifier, reporting."),
        (("parked", "list", "--consumer", "x"), "There is no consumer x: `./hirelog status` lists"),
        (("parked", "show", "ats.nobody", "k"), "There is no consumer ats.nobody: `./hirelog status` lists"),
        (("parked", "redrive", "ats.nobody", "--all"), "There is no consumer ats.nobody: `./hirelog status` lists"),
        (("parked", "redrive", "reporting.facts", "no-such-key"), "reporting.facts has parked nothing for no-such-key"),
        (("parked", "redrive", "reporting.facts"), "Name either a key or, by --record, a single record"),
        (("parked", "redrive", "reporting.facts", "k", "--all"), "--all takes every sequence of the consumer"),
        (("parked", "show", "reporting.facts", "0xzz"), "0xzz is no key"),
        (("parked", "show", "reporting.facts", "--record", "crm.events"), "'crm.events' is no record: write it like"),
        (("parked", "discard", "reporting.facts", "k", "--reason", "r"), "reporting.facts has parked nothing for k"),
        (("tail", "--topic", "payroll.events"), "There is no topic payroll.events that we may read: choose from ats."),
        (("tail", "--from-offset", "99999999"), "reaches offset 99999999: the highest is"),
        (("tail", "--since", "yesterday"), "'yesterday' is no time: write it like"),
        (("tail", "--since", "2999-01-01"), "'2999-01-01' has not come yet"),
        (("tail", "--since", "99999999999d"), "'99999999999d' is no time"),
        (("tail", "--since", "1h", "--from-offset", "0"), "--from-offset and --since exclude each other"),
        (("tail", "--type", "ats.pay"), "No event type is or begins with 'ats.pay'"),
        (("tail", "--person", "Ada"), "'Ada' is no id, as --person needs one"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
async def test_what_does_not_exist(hirelog: Hirelog, command: tuple[str, ...], says: str) -> None:
    refused = await hirelog(*command)
    assert refused.code == 1
    assert says in refused.err
    assert (refused.out, refused.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("command", [("tail",), ("topics",), ("rebuild", "reporting")], ids=" ".join)
async def test_kafka_does_not_answer(altered: Altered, command: tuple[str, ...]) -> None:
    def away(content: dict[str, Any]) -> None:
        content["kafka"]["servers"] = NOBODY
        for service in content["services"].values():
            service["environment"]["HIRELOG_KAFKA"] = NOBODY

    refused = await altered(away)(*command)
    assert refused.code == 1
    assert refused.err.splitlines()[-1].startswith("Kafka does not answer (")


@pytest.mark.parametrize(
    "command",
    [("parked", "list"), ("rebuild", "reporting"), ("parked", "discard", "reporting.facts", "k", "--reason", "r")],
    ids=" ".join,
)
async def test_a_database_does_not_answer(altered: Altered, command: tuple[str, ...]) -> None:
    def away(content: dict[str, Any]) -> None:
        content["services"]["reporting"]["environment"]["HIRELOG_DATABASE_URL"] = f"postgresql://r:r@{NOBODY}/r"

    refused = await altered(away)(*command)
    assert refused.code == 1
    assert refused.err.splitlines()[-1].startswith("The database of reporting does not answer (ConnectionRefusedError)")


async def test_status_tells_what_it_can_when_something_does_not_answer(altered: Altered) -> None:
    def away(content: dict[str, Any]) -> None:
        content["kafka"]["servers"] = NOBODY
        content["services"]["crm"]["url"] = f"http://{NOBODY}"
        content["services"]["notifier"]["environment"]["HIRELOG_DATABASE_URL"] = f"postgresql://n:n@{NOBODY}/n"

    told = await altered(away)("status", "--json")
    assert told.code == 1
    services = {one["name"]: one for one in told.json["services"]}
    assert services["ats"]["ready"]
    assert services["crm"]["wrong"] == {"process": f"does not answer at http://{NOBODY} (ConnectError): start it"}
    assert [problem.partition(" (")[0] for problem in told.json["problems"]] == [
        "Kafka does not answer", "The database of notifier does not answer",
    ]  # fmt: skip
    facts = next(one for one in told.json["consumers"] if one["consumer"] == "reporting.facts")
    assert (facts["lag"], facts["watermark_age_s"], facts["parked_sequences"]) == (None, None, 0)
    assert "?" in (await altered(away)("status")).out


async def test_a_password_that_is_wrong(altered: Altered) -> None:
    def wrong(content: dict[str, Any]) -> None:
        content["kafka"]["password"] = str(uuid4())
        for service in content["services"].values():
            url = service["environment"]["HIRELOG_DATABASE_URL"]
            service["environment"]["HIRELOG_DATABASE_URL"] = url.replace("@", "x@")

    assert "The database of ats refuses our password" in (await altered(wrong)("parked", "list")).err
    assert (await altered(wrong)("topics")).err.startswith("Kafka ")


async def test_a_service_that_is_described_incompletely_says_what_it_lacks(altered: Altered) -> None:
    refused = await altered(lambda c: c["services"]["reporting"]["environment"].pop("HIRELOG_KAFKA"))(
        "rebuild", "reporting"
    )
    assert refused.code == 1
    assert "reporting can't start: HIRELOG_KAFKA: Field required" in refused.err
