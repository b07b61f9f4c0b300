"""All commands of `./hirelog`."""

import typer

from ops import catch_up, parked, rebuild, status, tail, topics, verify

app = typer.Typer(
    help="Looks after an installation of Hirelog: what it is told by HIRELOG_INSTALLATION, else the embedded one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("status")(status.status)
app.command("tail")(tail.tail)
app.add_typer(parked.app, name="parked")
app.command("rebuild")(rebuild.rebuild)
app.command("verify")(verify.verify)
app.command("catch-up")(catch_up.catch_up)
app.command("topics")(topics.topics)
