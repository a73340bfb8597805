"""What ``ror search`` can be told on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.criteria import Scope

Activities = Annotated[list[str] | None, typer.Option(help="Activity (TRE_R211); repeat for any of several.")]
Act = Annotated[str | None, typer.Option(help="Specific act (TRE_R210).")]
Speciality = Annotated[str | None, typer.Option(help="Medical speciality (TRE_R38).")]
Equipment = Annotated[str | None, typer.Option(help="Equipment (TRE_R212).")]
CareModes = Annotated[list[str] | None, typer.Option(help="Mode of care (TRE_R213); repeatable.")]
AgeClasses = Annotated[list[str] | None, typer.Option(help="Age class (TRE_R208); repeatable.")]
Age = Annotated[str | None, typer.Option(help="Patient's age: 45, 6m (months) or 3j (days).")]
Name = Annotated[str | None, typer.Option(help="Part of the establishment's name.")]
OpenBeds = Annotated[int | None, typer.Option(min=1, help="At least this many open beds.")]
HowFar = Annotated[Scope, typer.Option(help="How far, told from the home ROR; widening also from the place of --in.")]
Enough = Annotated[int, typer.Option(min=1, help="Units that end a widening search.")]
HomeRor = Annotated[str | None, typer.Option(help="Home ROR (ara, idf …); the whitelist's unless told.")]
Places = Annotated[
    list[str] | None,
    typer.Option("--in", help="Place: commune (name or code), d69 (département), r84 (région); repeatable."),
]
Within = Annotated[float | None, typer.Option(help="Kilometres around each place.")]
Near = Annotated[str | None, typer.Option(help="Commune that distances are told from.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Units at most (199 unless told).")]
Deadline = Annotated[float | None, typer.Option(min=0.1, help="Seconds to wait at most (5 unless told).")]
Complete = Annotated[bool, typer.Option("--complete", help="Every ROR asked must be complete, or none.")]
Least = Annotated[
    float | None, typer.Option(min=0, max=1, help="Share of the RORs asked that must be complete, 0 to 1.")
]
ClaimedProfile = Annotated[str | None, typer.Option(help="Profile code to claim, CU18 to CU23.")]
SignVihf = Annotated[bool, typer.Option("--sign-vihf", help="Sign the VIHF that claims the profile.")]
PartnerName = Annotated[str, typer.Option(help="Whose certificate to use (pki/leaves/partner-…).")]
Url = Annotated[str, typer.Option(envvar="ROR_URL", help="Address of the gateway.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
ReceiptFile = Annotated[
    Path | None, typer.Option(help="Where to put the audit log's receipt of this question, once it is signed.")
]
StateFolder = Annotated[Path | None, typer.Option(envvar="ROR_HOME", help="State folder.")]
