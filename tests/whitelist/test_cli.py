"""The command: what it prints where, its exit codes, its one-line errors."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from certs.home import Home
from whitelist.cli import app
from whitelist.cli import desk as desk_of_the_command
from whitelist.files import WhitelistFiles
from whitelist.history import read_version
from whitelist.officers import OfficerKey
from whitelist.signature import sign as signed_list


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*words):
        return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)

    return run


@pytest.fixture
def desk(tmp_path, run):
    """An empty list, version 1, in force."""
    assert run("init").exit_code == 0
    return WhitelistFiles(Home(tmp_path / "home"))


@pytest.fixture
def sign(run):
    """Put forward by one officer, approved by the other, published: the outcome of the last step that was taken."""

    def sign(*words):
        drafted = run("draft", "--officer", "officer-1", "--reason", "essai", *words)
        if drafted.exit_code != 0:
            return drafted
        shown = json.loads(run("diff", "--json").stdout)
        approved = run("approve", shown["hash"], "--officer", "officer-2")
        return run("publish") if approved.exit_code == 0 else approved

    return sign


@pytest.fixture
def certificate(demo_pki):
    return demo_pki.leaf("partner-samu-rhone").certificate


@pytest.fixture
def add(run, certificate):
    def add(*words, certificate=certificate, id_="samu-isere"):
        return run("add", "--certificate", certificate, "--id", id_, "--name", "SAMU 38", "--home-ror", "ara", *words)

    return add


def _line(result, code):
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith(f"ror: {code}: "), result.stderr
    assert "Traceback" not in result.output


def test_init_publishes_an_empty_list_with_the_private_keys_of_two_officers(run, tmp_path):
    result = run("init")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert "version 1 is in force with 0 partners" in result.stderr
    for name in ("officer-1", "officer-2"):
        key = tmp_path / f"home/whitelist/officers/{name}.json"
        assert key.stat().st_mode & 0o777 == 0o600
    listed = json.loads(run("officers", "list", "--json").stdout)
    assert listed["threshold"] == 2


def test_init_asks_for_two_officers(run):
    result = run("init", "--environment", "production", "--officer", "alice")

    assert result.exit_code == 6
    _line(result, "officers.invalid")
    assert run("init", "--threshold", "1").exit_code == 2


def test_init_knows_one_person_under_two_names(run, demo_pki):
    card = demo_pki.leaf("officer-1").certificate

    _line(run("init", "--officer", f"alice={card}", "--officer", f"bob={card}"), "officers.unusable")

    other = demo_pki.leaf("officer-2").certificate
    assert run("init", "--officer", f"alice={card}", "--officer", f"bob={other}").exit_code == 0


def test_init_twice_is_refused(run, desk):
    result = run("init")

    assert result.exit_code == 6
    _line(result, "whitelist.already-initialised")


def test_init_demo_makes_pki_and_partners(run, demo_pki, tmp_path):
    shutil.copytree(demo_pki.root, tmp_path / "home")

    assert run("init", "--demo").exit_code == 0

    shown = json.loads(run("show", "--json").stdout)
    assert {"passerelle", "samu-rhone", "banc-essai"} <= {partner["id"] for partner in shown["partners"]}
    assert shown["environment"] == "demonstration"


@pytest.mark.parametrize("words", [("--environment", "TEST"), ("--officer", "../x", "--officer", "b")])
def test_init_refuses_names_that_are_none(run, words):
    result = run("init", *words)

    assert result.exit_code == 6
    _line(result, "whitelist.invalid")


@pytest.mark.parametrize("command", ["show", "verify", "diff", "publish", "log", "export", "officers list"])
def test_before_init_the_command_says_what_to_do(run, command):
    result = run(*command.split())

    assert result.exit_code == 6
    _line(result, "whitelist.not-initialised")
    assert "ror whitelist init" in result.stderr


def test_a_partner_is_added_approved_and_shown(run, desk, add, sign):
    added = add("--perimeter", "all", "--profile", "CU22,CU18", "--default-profile", "CU22", "--limit", "500")
    assert added.exit_code == 0
    assert "samu-isere is on the draft" in added.stderr
    assert "not in force yet" in added.stderr
    assert json.loads(run("show", "--json").stdout)["partners"] == []

    signed = sign("--days", "30")
    assert signed.exit_code == 0
    assert "added: samu-isere" in signed.stderr

    shown = json.loads(run("show", "--json").stdout)
    (partner,) = shown["partners"]
    assert shown["version"] == 2
    assert shown["usable"] is True
    assert partner["allowed_profiles"] == ["CU18", "CU22"]
    assert partner["perimeter"] == "all"
    assert partner["transactions"] == ["recherche"]
    assert partner["max_limit"] == 500


def test_the_table_tells_partner_perimeter_profiles_and_status(run, desk, add, sign):
    add("--perimeter", "ara", "--perimeter", "11")
    sign()

    table = run("show").stdout

    for word in ("samu-isere", "SAMU 38", "11 84", "CU23*", "recherche", "active", "version 2", "officer-1"):
        assert word in table


def test_an_entry_may_demand_a_signed_vihf_and_cease_to(run, desk, add, sign):
    add("--signed-vihf")
    sign()
    (partner,) = json.loads(run("show", "--json").stdout)["partners"]
    assert partner["signed_vihf"] is True
    assert "signed VIHF" in run("show").stdout

    run("change", "samu-isere", "--comment", "autre logiciel")
    sign()
    (partner,) = json.loads(run("show", "--json").stdout)["partners"]
    assert partner["signed_vihf"] is True

    run("change", "samu-isere", "--unsigned-vihf")
    assert "unsigned VIHF" in run("diff").stdout
    sign()
    (partner,) = json.loads(run("show", "--json").stdout)["partners"]
    assert "signed_vihf" not in partner


def test_the_draft_is_shown_with_what_it_changes(run, desk, add):
    add()

    assert "(added)" in run("show", "--draft").stdout
    shown = json.loads(run("show", "--draft", "--json").stdout)
    assert shown["changes"] == [{"partner": "samu-isere", "change": "added"}]
    assert "not put forward" in run("show").stderr


def test_a_partner_is_revoked_once_approved(run, desk, add, sign):
    add()
    sign()

    assert "revoked on the draft" in run("revoke", "samu-isere", "--reason", "clé perdue").stderr
    assert "revoked: samu-isere" in sign().stderr

    (partner,) = json.loads(run("show", "--json").stdout)["partners"]
    assert partner["status"] == "revoked"
    assert partner["comment"] == "clé perdue"


def test_revoking_nobody_is_an_error(run, desk):
    result = run("revoke", "nobody", "--reason", "x")

    assert result.exit_code == 6
    _line(result, "partner.unknown")


def test_a_draft_can_be_discarded(run, desk, add):
    add()

    assert run("discard").exit_code == 0
    _line(run("discard"), "draft.none")
    _line(run("show", "--draft"), "draft.none")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--profile", "CU99"), "whitelist.invalid"),
        (("--default-profile", "CU22", "--profile", "CU18"), "whitelist.invalid"),
        (("--perimeter", "99"), "whitelist.invalid"),
        (("--transactions", "tout"), "whitelist.invalid"),
        (("--limit", "20001"), "whitelist.invalid"),
        (("--quota", "0"), "whitelist.invalid"),
        (("--valid-from", "demain"), "whitelist.invalid"),
        (("--valid-from", "2026-01-01T00:00:00"), "whitelist.invalid"),
        (("--valid-from", "2030-01-01", "--valid-to", "2029-01-01"), "whitelist.invalid"),
        (("--comment", "a\x1b[31mb"), "whitelist.invalid"),
        (("--home-ror", "xyz"), "whitelist.invalid"),
    ],
    ids=str,
)
def test_bad_words_are_one_line_and_change_nothing(desk, add, words, code):
    result = add(*words)

    assert result.exit_code == 6
    _line(result, code)
    assert not desk.draft.exists()


@pytest.mark.parametrize(
    "words", [("add",), ("revoke", "x"), ("draft", "--days", "0"), ("nothing",), ("show", "--x")]
)
def test_wrong_usage_ends_with_2(run, words):
    assert run(*words).exit_code == 2


@pytest.mark.parametrize("leaf", ["gateway-server", "node-ara", "officer-1"])
def test_a_certificate_of_another_use_is_refused(add, desk, demo_pki, leaf):
    result = add(certificate=demo_pki.leaf(leaf).certificate)

    assert result.exit_code == 6
    _line(result, "certificate.refused")


def test_a_file_that_is_no_certificate_or_is_missing_is_refused(add, desk, tmp_path):
    (tmp_path / "x.pem").write_bytes(b"nothing")

    _line(add(certificate=tmp_path / "x.pem"), "certificate.refused")
    _line(add(certificate=tmp_path / "y.pem"), "file.missing")


def test_an_expired_certificate_is_refused(add, desk, monkeypatch):
    monkeypatch.setattr(
        desk_of_the_command, "now", lambda: datetime.now(UTC).replace(microsecond=0) + timedelta(days=2000)
    )

    result = add()

    assert result.exit_code == 6


def test_a_date_is_its_first_second_in_utc(run, desk, add):
    add("--valid-from", "2026-01-01", "--valid-to", "2030-01-01T00:00:00+01:00")

    (partner,) = json.loads(run("show", "--draft", "--json").stdout)["partners"]
    assert partner["valid_from"] == "2026-01-01T00:00:00Z"
    assert partner["valid_to"] == "2029-12-31T23:00:00Z"


def test_verify_tells_a_good_list(run, desk):
    result = run("verify")

    assert result.exit_code == 0
    assert result.stdout.startswith("valid: Whitelist version 1")
    assert result.stderr == ""


def test_verify_refuses_a_tampered_list_with_3_or_6(run, desk, make_whitelist):
    genuine = desk.published.read_bytes()
    desk.published.write_bytes(genuine.replace(b'"signature":"', b'"signature":"A', 1)[:-1])
    result = run("verify")
    assert result.exit_code == 6
    _line(result, "whitelist.malformed")

    impostor = OfficerKey.generate("officer-1")
    desk.published.write_bytes(signed_list(make_whitelist(officers=(impostor.officer,)), [impostor]))
    result = run("verify")
    assert result.exit_code == 3
    _line(result, "whitelist.unknown-officer")
    assert run("show").exit_code == 3
    assert run("draft", "--officer", "officer-1", "--reason", "essai").exit_code == 3


def test_verify_refuses_a_rollback_of_the_published_list(run, desk, sign):
    sign()
    desk.published.write_bytes(read_version(desk, 1))

    result = run("verify")

    assert result.exit_code == 3
    _line(result, "whitelist.rollback")


def test_verify_takes_a_file_and_does_not_hold_its_age_against_it(run, desk, tmp_path, sign):
    sign()

    assert run("verify", desk.version(1)).exit_code == 0
    assert run("verify", tmp_path / "nothing.jws").exit_code == 6


def test_an_expired_list_is_shown_and_ends_with_7(run, desk, monkeypatch, sign):
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=91)
    monkeypatch.setattr(desk_of_the_command, "now", lambda: later)

    verified, shown = run("verify"), run("show", "--json")

    assert verified.exit_code == 7
    _line(verified, "whitelist.expired")
    assert shown.exit_code == 7
    assert json.loads(shown.stdout)["usable"] is False
    assert sign().exit_code == 0
    assert run("verify").exit_code == 0


def test_a_draft_overtaken_by_another_version_is_refused(run, desk, add, sign):
    add()
    draft = desk.draft.read_bytes()
    run("discard")
    sign()
    desk.draft.write_bytes(draft)

    assert "moved on" in run("show", "--draft").stderr
    result = sign()
    assert result.exit_code == 6
    _line(result, "draft.stale")


@pytest.mark.parametrize("command", ["draft --reason x", "suspend samu --reason x"])
def test_an_unknown_officer_cannot_sign(run, desk, command):
    result = run(*command.split(), "--officer", "officer-9")

    assert result.exit_code == 6
    _line(result, "officers.unusable")


def test_a_name_that_looks_like_markup_is_shown_as_it_is(run, desk, certificate):
    words = (
        "--certificate",
        certificate,
        "--id",
        "x",
        "--name",
        "[red]X[/] [link=http://x]y[/link]",
        "--home-ror",
        "ara",
    )
    assert run("add", *words).exit_code == 0

    assert "[red]X[/]" in run("show", "--draft").stdout


def _commands(group, before=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*before, name))
        else:
            yield " ".join((*before, name))


@pytest.mark.parametrize("command", list(_commands(typer.main.get_command(app))))
def test_every_command_has_help_with_an_example(run, command):
    result = run(*command.split(), "--help")

    assert result.exit_code == 0
    assert "Example" in result.stdout


def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ROR_HOME", str(tmp_path / "file"))

    result = run("init")

    assert result.exit_code == 1
    _line(result, "whitelist.storage")
