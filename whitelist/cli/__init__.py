"""``ror whitelist``: what an officer does with the list. Messages go to stderr, what was asked for to stdout."""

import typer

from whitelist.cli.approving import approve, draft, publish, sign
from whitelist.cli.beginning import init
from whitelist.cli.canary import app as canary
from whitelist.cli.drafting import add, change, discard
from whitelist.cli.following import propagation
from whitelist.cli.officers import app as officers
from whitelist.cli.people import app as people
from whitelist.cli.reading import diff, log, show, verify
from whitelist.cli.sheets import export, import_
from whitelist.cli.stopping import confirm, resume, revoke, suspend

app = typer.Typer(
    name="whitelist",
    help="The signed list of partners: who may ask what. Edit a draft, put it forward, let others approve, publish.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command(epilog="Example: `ror whitelist init --demo`; `ror whitelist init --environment production`")(init)
app.command(epilog="Example: `ror whitelist show --json | jq '.partners[].id'`")(show)
app.command(
    epilog="Example: `ror whitelist add --certificate samu.pem --id samu-isere --name 'SAMU 38' --home-ror ara "
    "--perimeter all --profile CU22 --profile CU18 --default-profile CU22`"
)(add)
app.command(
    epilog="Example: `ror whitelist change samu-isere --quota 300`; "
    "`ror whitelist change samu-isere --certificate renewed.pem`"
)(change)
app.command(
    epilog="Example: `ror whitelist revoke portail-public --reason 'contract over'`; "
    "`ror whitelist revoke portail-public --emergency --reason 'key stolen'`"
)(revoke)
app.command(epilog="Example: `ror whitelist suspend samu-isere --reason 'odd questions' --hours 12`")(suspend)
app.command(epilog="Example: `ror whitelist confirm samu-isere`")(confirm)
app.command(epilog="Example: `ror whitelist resume samu-isere --reason 'false alarm'`")(resume)
app.command(epilog="Example: `ror whitelist discard`")(discard)
app.command(epilog="Example: `ror whitelist diff`; `ror whitelist diff 7 8`")(diff)
app.command(epilog="Example: `ror whitelist draft --reason 'SAMU 38 joins, contract 2019-14'`")(draft)
app.command(epilog="Example: `ror whitelist approve 3f2a… --officer officer-2`, the whole hash that `diff` shows")(
    approve
)
app.command(epilog="Example: `ror whitelist publish`")(publish)
app.command(epilog="Example: `ror whitelist sign --reason 'SAMU 38 joins, contract 2019-14'`")(sign)
app.command(epilog="Example: `ror whitelist log --limit 5`; `ror whitelist log --json`")(log)
app.command(epilog="Example: `ror whitelist verify`; `ror whitelist verify received.jws`")(verify)
app.command(epilog="Example: `ror whitelist propagation`; `ror whitelist propagation --watch` after a publication")(
    propagation
)
app.command(epilog="Example: `ror whitelist export > partners.csv`")(export)
app.command("import", epilog="Example: `ror whitelist import partners.csv`, then `ror whitelist diff`")(import_)
app.add_typer(officers, name="officers")
app.add_typer(canary, name="canary")
app.add_typer(people, name="people")
