"""The week told in docs/security-officer.md is run, line by line, in its order."""

import json
import shlex
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from certs import demonstration_pki
from certs.cli import app as certs_app
from certs.demonstration_holders import DEFAULT_PARTNERS, officer_holder, partner_holder
from certs.home import Home
from certs.issuing import IssueRequest, issue
from tests.support.documents import read
from whitelist import demonstration
from whitelist.cli import app
from whitelist.files import WhitelistFiles


def _lines():
    """Every command of the section, as words."""
    text = read("docs/security-officer.md").text
    section = text.partition("## An officer's week\n")[2].partition("\n## ")[0]
    for block in section.split("```sh\n")[1:]:
        code = block.partition("```")[0].replace("\\\n", " ")
        yield from (shlex.split(line) for line in code.splitlines() if line.strip())


@pytest.fixture
def desk(demo_pki, tmp_path, monkeypatch):
    """A demonstration's folder, and the certificates that come in during the week."""
    home = Home(tmp_path / "home")
    shutil.copytree(demo_pki.root, home.root)
    now = datetime.now(UTC).replace(microsecond=0)
    demonstration.ensure(home, at=now)
    organisations = demonstration_pki.load_authority(home, "organisations")
    persons = demonstration_pki.load_authority(home, "personnes")

    def issued(file, authority, holder, *, key=None):
        request = IssueRequest(
            subject=holder.subject,
            profile=holder.profile,
            not_before=now,
            not_after=now + timedelta(days=365),
            key=key,
        )
        made = issue(authority, request)
        (tmp_path / file).write_bytes(made.certificate_pem)
        return made.key

    bench, portal = (
        partner_holder(partner)
        for id_ in ("banc-essai", "portail-public")
        for partner in DEFAULT_PARTNERS
        if partner.id == id_
    )
    key = issued("samu-38.pem", organisations, bench)
    issued("samu-38-renewed.pem", organisations, bench, key=key)
    issued("portail-new-key.pem", organisations, portal)
    issued("card.pem", persons, officer_holder(8))
    issued("carol.pem", persons, officer_holder(9))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROR_HOME", str(home.root))
    return WhitelistFiles(home)


@pytest.mark.timeout(120)
def test_every_line_of_the_week_does_what_it_says(desk, tmp_path):
    shown = ""
    for ror, command, *words in _lines():
        assert ror == "ror"
        if ">" in words:
            words, target = words[: words.index(">")], words[-1]
        else:
            target = None
        words = [shown if word == "HASH" else word for word in words]
        result = CliRunner().invoke({"certs": certs_app, "whitelist": app}[command], words, catch_exceptions=False)
        assert result.exit_code == 0, (command, words, result.output)
        if target is not None:
            (tmp_path / target).write_text(result.stdout)
        if desk.proposal.exists():
            told = CliRunner().invoke(app, ["diff", "--json"], catch_exceptions=False)
            shown = json.loads(told.stdout)["hash"]

    listed = json.loads(CliRunner().invoke(app, ["show", "--json"]).stdout)
    status = {partner["id"]: partner["status"] for partner in listed["partners"]}
    assert status["samu-isere"] == "revoked"
    assert status["orientation-idf"] == "active"
    assert listed["stops"] == []
    assert [officer["name"] for officer in listed["officers"]] == ["officer-2", "carol"]
