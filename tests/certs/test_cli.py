"""``ror certs``: what goes to stdout, what to stderr, and the exit codes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from certs.cli import app
from certs.demonstration_pki import ensure
from certs.home import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("state") / "home")
    ensure(home, at=datetime.now(UTC))
    return home


@pytest.fixture
def run(home):
    def invoke(*arguments, environ=None):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"ROR_HOME": str(home.root)})

    return invoke


def leaf(home, name):
    return home.leaf(name).chain


def test_demo_makes_the_pki_and_prints_where_it_is(run, tmp_path):
    result = run("demo", "--home", tmp_path / "new")
    assert result.exit_code == 0
    assert result.stdout.strip() == str(tmp_path / "new" / "pki")
    assert "31 issued" in result.stderr
    assert (tmp_path / "new" / "pki" / "trust.pem").exists()


def test_demo_again_keeps_everything(run):
    assert "31 kept, 0 issued, 0 renewed" in run("demo").stderr


def test_demo_in_an_impossible_place_is_told_in_one_line(run, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    result = run("demo", "--home", tmp_path / "file" / "below")
    assert result.exit_code == 6
    assert result.stderr.startswith("certs.home: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_show_says_who_holds_the_certificate(run, home):
    result = run("show", leaf(home, "partner-samu-rhone"))
    assert result.exit_code == 0
    assert "CN=DEMO_REGULATION_SAMU_69,OU=300000201400017,O=DEMO SAMU DU RHONE,ST=Rhône (69),C=FR" in result.stdout
    assert "ORG AUTH_CLI" in result.stdout


def test_show_as_json_holds_the_whole_chain(run, home):
    document = json.loads(run("show", leaf(home, "node-ara"), "--json").stdout)
    node, authority = document["certificates"]
    assert node["server_names"] == ["ror-ara.demo.inter-ror.fr", "localhost", "127.0.0.1"]
    assert node["organisation_id"] == "300000101600013"
    assert authority["usage"] == "CA"
    assert len(node["fingerprint"]) == len(node["spki"]) == 64


def test_check_accepts_a_good_client(run, home):
    result = run("check", leaf(home, "partner-samu-rhone"))
    assert result.exit_code == 0
    assert result.stdout.startswith("accepted as a client (ORG AUTH_CLI) at ")


def test_check_explains_a_refusal(run, home):
    result = run("check", leaf(home, "node-ara"), "--purpose", "client", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert (document["ok"], document["reason"]) == (False, "certificate.wrong-usage")
    assert document["message"] == "Le certificat n'est pas prévu pour cet usage."
    assert document["certificate"]["usage"] == "SERV SSL"
    assert run("check", leaf(home, "node-ara"), "--purpose", "server").exit_code == 0


def test_check_tells_an_expired_certificate_by_its_exit_code(run, home):
    result = run("check", leaf(home, "node-ara"), "--purpose", "server", "--at", "2040-01-01")
    assert result.exit_code == 7
    assert "certificate.expired" in result.stdout
    assert "Le certificat est expiré." in result.stdout


def test_check_refuses_a_stranger(run, tmp_path, pki):
    path = tmp_path / "stranger.pem"
    path.write_bytes(pki.client().chain_pem)
    assert run("check", path, "--at", "2026-03-01T12:00:00Z").exit_code == 3
    trust = tmp_path / "trust.pem"
    trust.write_bytes(pki.trust.to_pem())
    assert run("check", path, "--at", "2026-03-01T13:00:00+01:00", "--trust", trust).exit_code == 0


@pytest.mark.parametrize("content", [None, b"nothing"])
def test_a_file_that_cannot_be_read_is_one_line_on_stderr(run, tmp_path, content):
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_bytes(content)
    for command in ("show", "check"):
        result = run(command, path)
        assert result.exit_code == 6
        assert result.stdout == ""
        assert result.stderr.startswith("certs.")
        assert result.stderr.count("\n") == 1


def test_without_authorities_nothing_is_checked(run, home, tmp_path):
    result = run("check", leaf(home, "node-ara"), "--home", tmp_path)
    assert result.exit_code == 6
    assert "trust" in result.stderr


@pytest.mark.parametrize("date", ["tomorrow", "2026-13-01", "9999-12-31T23:59:59-14:00"])
def test_a_date_that_is_none_is_a_usage_error(run, home, date):
    assert run("check", leaf(home, "node-ara"), "--at", date).exit_code == 2


def test_expiring_lists_what_ends_soon(run, home):
    assert run("expiring", "--days", 30).stdout == ""
    in_three_years = (datetime.now(UTC) + timedelta(days=3 * 365 - 20)).isoformat()
    result = run("expiring", "--days", 30, "--at", in_three_years)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 28
    assert "28 of 31 certificates expire within 30 days" in result.stderr
    document = json.loads(run("expiring", "--days", 30, "--at", in_three_years, "--json").stdout)
    assert document["checked"] == 31
    assert {entry["days_left"] for entry in document["expiring"]} <= {19, 20}


def test_expiring_exits_with_7_once_something_has_expired(run):
    assert run("expiring", "--at", "2046-01-01").exit_code == 7


def test_expiring_without_any_certificate_says_what_to_do(run, tmp_path):
    result = run("expiring", "--home", tmp_path)
    assert result.exit_code == 6
    assert "ror certs demo" in result.stderr


@pytest.mark.parametrize("command", ["demo", "show", "check", "expiring"])
def test_every_command_has_help_with_an_example(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"ror certs {command}" in result.stdout
