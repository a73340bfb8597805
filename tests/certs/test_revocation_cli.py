"""``ror certs issue|revoke|crl|grace`` and what ``check`` says of revocation."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from typer.testing import CliRunner

from certs.cli import app
from certs.demonstration_pki import ensure, load_authority
from certs.demonstration_revocation import publisher_of
from certs.home import Home
from certs.identity import identity_of
from certs.profiles import Usage
from certs.reading import read_pem
from certs.revocation.policy_document import load_policy
from certs.revocation.publishing import renew_list
from certs.revocation.revoked import Revocation, RevocationReason
from certs.revocation.source import RevocationSource
from certs.trust import load_trust
from tests.support.revocation import answer_about

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The demonstration, made once: each test works on a copy."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    ensure(home, at=datetime.now(UTC))
    return home


@pytest.fixture
def home(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def run(home):
    def invoke(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"ROR_HOME": str(home.root)})

    return invoke


def leaf(home, name):
    return read_pem(home.leaf(name).certificate.read_bytes())[0]


def chain(home, name):
    return home.leaf(name).chain


def test_check_says_that_a_certificate_is_on_no_list(run, home):
    result = run("check", chain(home, "partner-samu-rhone"))
    assert result.exit_code == 0
    assert "revocation    good (crl of DEMO AC INTER-ROR ORGANISATIONS)" in result.stdout


def test_a_revoked_certificate_is_refused_with_when_and_why(run, home):
    result = run("revoke", "partner-samu-rhone", "--reason", "key-compromise")
    assert result.exit_code == 0
    assert result.stdout.strip() == str(home.revocation_list("organisations"))
    assert "names 1" in result.stderr
    result = run("check", chain(home, "partner-samu-rhone"))
    assert result.exit_code == 3
    assert "certificate.revoked" in result.stdout
    assert "Le certificat est révoqué." in result.stdout
    assert "revoked (key-compromise)" in result.stdout
    document = json.loads(run("check", chain(home, "partner-samu-rhone"), "--json").stdout)
    assert document["reason"] == "certificate.revoked"
    assert document["revocation"]["status"] == "revoked"
    assert document["revocation"]["reason"] == "key-compromise"
    assert run("check", chain(home, "partner-ror-bre")).exit_code == 0


@pytest.mark.parametrize("spelling", ["{:x}", "{:X}", "0x{:x}"])
def test_a_serial_number_revokes_too(run, home, spelling):
    serial = leaf(home, "partner-samu-rhone").serial_number
    assert run("revoke", spelling.format(serial), "--reason", "superseded").exit_code == 0
    assert run("check", chain(home, "partner-samu-rhone")).exit_code == 3


def test_a_hold_is_lifted(run, home):
    run("revoke", "partner-samu-rhone", "--reason", "hold")
    assert "on hold" in run("check", chain(home, "partner-samu-rhone")).stdout
    assert run("revoke", "partner-samu-rhone", "--lift").exit_code == 0
    assert run("check", chain(home, "partner-samu-rhone")).exit_code == 0
    assert run("revoke", "partner-samu-rhone", "--lift").exit_code == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        ["partner samu"],
        ["ff", "--authority", "nobody"],
        ["f" * 41],
    ],
)
def test_what_cannot_be_revoked_is_told_in_one_line(run, arguments):
    result = run("revoke", *arguments)
    assert result.exit_code == 6
    assert result.stdout == ""
    assert result.stderr.startswith("certs.")
    assert result.stderr.count("\n") == 1


def test_twice_is_told(run):
    assert run("revoke", "partner-samu-rhone").exit_code == 0
    result = run("revoke", "partner-samu-rhone")
    assert result.exit_code == 6
    assert "on the list already" in result.stderr


def test_a_running_server_takes_up_what_the_command_revokes(run, home):
    source = RevocationSource.of_home(home, load_trust(home.trust))
    source.refresh()
    serial = leaf(home, "partner-samu-rhone").serial_number
    assert not any(serial in listed.revoked for listed in source.current.state.lists.values())
    run("revoke", "partner-samu-rhone")
    source.refresh()
    assert any(serial in listed.revoked for listed in source.current.state.lists.values())


def test_a_holder_of_the_demonstration_is_issued_again_under_the_same_key_or_a_new_one(run, home):
    before = identity_of(leaf(home, "partner-samu-rhone"))
    refused = run("issue", "partner-samu-rhone")
    assert refused.exit_code == 6
    assert "--replace" in refused.stderr
    assert run("issue", "partner-samu-rhone", "--replace").exit_code == 0
    renewed = identity_of(leaf(home, "partner-samu-rhone"))
    assert (renewed.subject, renewed.spki) == (before.subject, before.spki)
    assert renewed.serial != before.serial
    result = run("issue", "partner-samu-rhone", "--replace", "--new-key")
    assert result.stdout.strip() == str(home.leaf("partner-samu-rhone").folder)
    rekeyed = identity_of(leaf(home, "partner-samu-rhone"))
    assert rekeyed.subject == before.subject
    assert rekeyed.spki != before.spki
    assert run("check", chain(home, "partner-samu-rhone")).exit_code == 0


def test_a_compromised_key_is_not_used_again(run):
    run("revoke", "partner-samu-rhone", "--reason", "key-compromise")
    result = run("issue", "partner-samu-rhone", "--replace")
    assert result.exit_code == 6
    assert "--new-key" in result.stderr
    assert run("issue", "partner-samu-rhone", "--replace", "--new-key").exit_code == 0


def test_a_new_holder_needs_a_purpose_and_a_name(run, home):
    assert run("issue", "partner-new").exit_code == 6
    assert run("issue", "partner-new", "--purpose", "client").exit_code == 6
    subject = "CN=DEMO_NEW,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR"
    result = run("issue", "partner-new", "--purpose", "client", "--subject", subject, "--days", 10)
    assert result.exit_code == 0
    issued = identity_of(leaf(home, "partner-new"))
    assert (str(issued.subject), issued.usage) == (subject, Usage.ORG_AUTH_CLI)
    assert (issued.not_after - datetime.now(UTC)).days == 9
    assert home.leaf("partner-new").key.stat().st_mode & 0o777 == 0o600
    assert run("check", chain(home, "partner-new")).exit_code == 0


def test_a_new_server_has_its_names(run, home):
    subject = "CN=ror.example.fr,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR"
    names = ["--server-name", "ror.example.fr", "--server-name", "localhost"]
    assert run("issue", "server-new", "--purpose", "server", "--subject", subject, *names).exit_code == 0
    assert identity_of(leaf(home, "server-new")).server_names == ("ror.example.fr", "localhost")


@pytest.mark.parametrize("name", ["../evil", "UPPER", ""])
def test_a_name_that_leaves_the_folder_is_refused(run, name):
    subject = "CN=x,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR"
    result = run("issue", name, "--purpose", "client", "--subject", subject)
    assert result.exit_code == 6
    assert result.stderr.startswith("certs.")


def test_publish_makes_the_next_lists(run, home):
    before = {name: publisher_of(home, name).published().number for name in ("root", "organisations", "personnes")}
    result = run("crl", "publish")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert all(publisher_of(home, name).published().number > number for name, number in before.items())
    assert len(run("crl", "publish", "root").stdout.splitlines()) == 1
    assert run("crl", "publish", "nobody").exit_code == 6


def test_show_says_what_a_list_says(run, home):
    run("revoke", "partner-samu-rhone", "--reason", "cessation")
    serial = f"{leaf(home, 'partner-samu-rhone').serial_number:x}"
    text = run("crl", "show", home.revocation_list("organisations"))
    assert text.exit_code == 0
    assert "DEMO AC INTER-ROR ORGANISATIONS" in text.stdout
    assert "freshness     fresh" in text.stdout
    assert f"{serial}  " in text.stdout
    document = json.loads(run("crl", "show", home.revocation_list("organisations"), "--json").stdout)
    assert [(entry["serial"], entry["reason"]) for entry in document["revoked"]] == [(serial, "cessation")]


def test_show_cuts_a_long_list(run, home):
    publisher = publisher_of(home, "organisations")
    now = datetime.now(UTC)
    publisher.publish({serial: Revocation(now, RevocationReason.UNSPECIFIED) for serial in range(1, 31)}, at=now)
    text = run("crl", "show", publisher.path).stdout
    assert "revoked       30" in text
    assert "and 10 more" in text


def test_a_list_that_does_not_hold_is_refused_with_its_flaw(run, home, tmp_path):
    other = Home(tmp_path / "other")
    ensure(other, at=datetime.now(UTC))
    for command in (("crl", "show"), ("crl", "install")):
        result = run(*command, other.revocation_list("organisations"))
        assert result.exit_code == 3
        assert result.stderr.startswith("crl.bad-signature: ")
        assert run(*command, tmp_path / "nothing.crl").exit_code == 6
    assert run("crl", "show", other.revocation_list("organisations"), "--trust", other.trust).exit_code == 0


def test_an_overdue_list_is_shown_and_told_by_the_exit_code(run, home):
    publisher = publisher_of(home, "organisations")
    renew_list(publisher, at=datetime.now(UTC) - 91 * DAY)
    result = run("crl", "show", publisher.path)
    assert result.exit_code == 7
    assert "overdue" in result.stdout


def test_install_puts_a_list_where_servers_take_it_up_pem_or_not(run, home, tmp_path):
    publisher = publisher_of(home, "organisations")
    newer = tmp_path / "newer.pem"
    elsewhere = type(publisher)(tmp_path / "x.crl", publisher.authority, publisher.trust)
    elsewhere.publish({}, at=datetime.now(UTC) + timedelta(seconds=2))
    crl = x509.load_der_x509_crl((tmp_path / "x.crl").read_bytes())
    newer.write_bytes(crl.public_bytes(Encoding.PEM))
    source = RevocationSource.of_home(home, load_trust(home.trust))
    source.refresh()
    result = run("crl", "install", newer)
    assert result.exit_code == 0
    source.refresh()
    numbers = {listed.authority.common_name: listed.number for listed in source.current.state.lists.values()}
    assert (
        numbers["DEMO AC INTER-ROR ORGANISATIONS"]
        == crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    )


def test_install_refuses_a_list_older_than_a_server_has_seen(run, home, tmp_path):
    old = tmp_path / "old.crl"
    old.write_bytes(home.revocation_list("organisations").read_bytes())
    run("revoke", "partner-samu-rhone")
    RevocationSource.of_home(home, load_trust(home.trust)).refresh()
    home.revocation_list("organisations").unlink()
    result = run("crl", "install", old)
    assert result.exit_code == 3
    assert result.stderr.startswith("crl.rollback: ")


def test_status_tells_every_authority_and_exits_with_7_when_one_wants(run, home):
    result = run("crl", "status")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    home.revocation_list("root").unlink()
    result = run("crl", "status", "--json")
    assert result.exit_code == 7
    freshness = {entry["authority"]: entry["freshness"] for entry in json.loads(result.stdout)["authorities"]}
    assert freshness["DEMO AC RACINE INTER-ROR"] == "missing"
    home.revocation_list("other").write_bytes(b"nothing")
    assert "crl.malformed" in run("crl", "status").stderr


def test_a_grace_is_given_shown_and_ended(run, home):
    publisher = publisher_of(home, "organisations")
    renew_list(publisher, at=datetime.now(UTC) - 91 * DAY)
    partner = chain(home, "partner-samu-rhone")
    assert run("crl", "status").exit_code == 7
    refused = run("check", partner)
    assert refused.exit_code == 3
    assert "certificate.revocation-unknown" in refused.stdout
    given = ("grace", "organisations", "--officer", "officer-1", "--reason", "panne de l'autorité", "--hours")
    assert run(*given, 24).exit_code == 0
    (grace,) = load_policy(home.revocation_policy).graces
    assert (grace.authority, grace.officer) == ("DEMO AC INTER-ROR ORGANISATIONS", "officer-1")
    accepted = run("check", partner)
    assert accepted.exit_code == 0
    assert "officer-1 relies on it until" in accepted.stdout
    assert "officer-1" in run("crl", "status").stdout
    assert run("crl", "status").exit_code == 0
    assert run(*given, 0).exit_code == 0
    assert load_policy(home.revocation_policy).graces == ()
    assert run("check", partner).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody", "--officer", "o", "--reason", "r", "--hours", "1"], 6),
        (["organisations", "--officer", " ", "--reason", "r", "--hours", "1"], 6),
        (["organisations", "--officer", "o", "--hours", "1"], 2),
        (["organisations", "--officer", "o", "--reason", "r", "--hours", "169"], 2),
    ],
)
def test_a_grace_without_officer_reason_or_bounds_is_refused(run, home, arguments, code):
    assert run("grace", *arguments).exit_code == code
    assert not home.revocation_policy.exists()


def test_without_lists_a_certificate_is_refused_and_with_foreign_authorities_only_told(run, home):
    for path in home.revocation_lists.glob("*.crl"):
        path.unlink()
    refused = run("check", chain(home, "partner-samu-rhone"))
    assert refused.exit_code == 3
    assert "certificate.revocation-unknown" in refused.stdout
    told = run("check", chain(home, "partner-samu-rhone"), "--trust", home.trust)
    assert told.exit_code == 0
    assert "revocation    unknown" in told.stdout


def test_a_list_given_by_hand_is_asked(run, home, tmp_path):
    run("revoke", "partner-samu-rhone")
    kept = tmp_path / "kept.crl"
    kept.write_bytes(home.revocation_list("organisations").read_bytes())
    partner = chain(home, "partner-samu-rhone")
    assert run("check", partner, "--trust", home.trust).exit_code == 0
    assert run("check", partner, "--trust", home.trust, "--crl", kept).exit_code == 3
    kept.write_bytes(b"nothing")
    result = run("check", partner, "--trust", home.trust, "--crl", kept)
    assert result.exit_code == 0
    assert "crl.malformed" in result.stderr


def test_a_stranger_has_no_word_on_revocation(run, home, tmp_path, pki):
    path = tmp_path / "stranger.pem"
    path.write_bytes(pki.client().chain_pem)
    document = json.loads(run("check", path, "--json").stdout)
    assert document["reason"] == "certificate.untrusted"
    assert document["revocation"] is None


def test_damaged_rules_are_told_in_one_line(run, home):
    home.revocation_policy.write_bytes(b"{")
    result = run("check", chain(home, "partner-samu-rhone"))
    assert result.exit_code == 6
    assert result.stderr.startswith("certs.revocation-policy: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["issue", "revoke", "grace", "crl publish", "crl show", "crl install", "crl status"]
)
def test_every_command_has_help_with_an_example(run, command):
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"ror certs {command}" in result.stdout


def test_an_answer_in_the_state_folder_is_asked_too(run, home):
    certificate = leaf(home, "partner-samu-rhone")
    authority = load_authority(home, "organisations")
    pki = SimpleNamespace(now=datetime.now(UTC).replace(microsecond=0), organisations=authority)
    home.revocation_answers.mkdir()
    answer = home.revocation_answer("any-name")
    holder = SimpleNamespace(certificate=certificate)
    answer.write_bytes(answer_about(pki, holder, status=ocsp.OCSPCertStatus.REVOKED))
    result = run("check", chain(home, "partner-samu-rhone"))
    assert result.exit_code == 3
    assert "(ocsp)" in result.stdout
    answer.write_bytes(b"nothing")
    result = run("check", chain(home, "partner-samu-rhone"))
    assert result.exit_code == 0
    assert "ocsp.malformed" in result.stderr


def test_a_damaged_memory_of_numbers_is_told(run, home):
    (home.revocation_lists / "seen.json").write_bytes(b"{")
    result = run("crl", "status")
    assert result.exit_code == 7
    assert "crl.seen-unreadable" in result.stderr


@pytest.mark.parametrize(
    "command", [("issue", "partner-samu-rhone", "--replace"), ("revoke", "ff"), ("crl", "publish")]
)
def test_a_folder_that_cannot_be_used_is_told_in_one_line(run, tmp_path, command):
    (tmp_path / "file").write_bytes(b"")
    result = run(*command, "--home", tmp_path / "file")
    assert result.exit_code == 6
    assert result.stdout == ""
    assert result.stderr.startswith("certs.")
    assert result.stderr.count("\n") == 1
