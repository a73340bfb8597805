"""``ror certs``: make the demonstration PKI, read certificates, explain verdicts, revoke. Data on stdout, the rest on
stderr.

Exit codes: 0 done or accepted, 2 usage, 3 refused, 6 a file that cannot be read or used, 7 expired.
"""

import typer

from certs.cli.demonstrating import demo, issue_leaf, revoke_leaf
from certs.cli.inspecting import check, expiring, show
from certs.cli.revocation import grace, lists

app = typer.Typer(no_args_is_help=True, help="Certificates: the demonstration PKI, reading, checking, revocation.")
app.command(epilog="Example: ror certs demo --home /srv/ror-demo")(demo)
app.command("issue", epilog="Example: ror certs issue partner-samu-rhone --new-key --replace")(issue_leaf)
app.command(epilog="Example: ror certs show partner.pem --json")(show)
app.command(epilog="Example: ror certs check partner.pem --purpose client --at 2027-01-01")(check)
app.command(epilog="Example: ror certs expiring --days 90")(expiring)
app.command("revoke", epilog="Example: ror certs revoke partner-samu-rhone --reason key-compromise")(revoke_leaf)
app.command(
    epilog='Example: ror certs grace organisations --hours 24 --officer officer-1 --reason "panne de l’autorité"'
)(grace)
app.add_typer(lists, name="crl")
