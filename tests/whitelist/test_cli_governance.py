"""The command as officers use it together: hashes, refusals, stops, officers, people, sheets, history."""

import json

import pytest
from typer.testing import CliRunner

from certs.home import Home
from whitelist.cli import app
from whitelist.files import WhitelistFiles


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ROR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("ROR_OFFICER", raising=False)

    def run(*words, exit_code=0):
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture
def refused(run):
    """The stable code of the one line in which a command is refused."""

    def refused(*words, exit_code=6):
        lines = run(*words, exit_code=exit_code).stderr.splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("ror: ")
        return lines[0].split(": ")[1]

    return refused


@pytest.fixture
def together(run):
    """Put the draft forward, approve, publish."""

    def together(author="officer-1", approver="officer-2", reason="essai"):
        run("draft", "--officer", author, "--reason", reason)
        run("approve", json.loads(run("diff", "--json").stdout)["hash"], "--officer", approver)
        return run("publish")

    return together


@pytest.fixture
def listed(run, together, demo_pki, tmp_path):
    """The files of a folder with one partner, version 2."""
    run("init")
    certificate = demo_pki.leaf("partner-samu-rhone").certificate
    words = ("--perimeter", "all", "--profile", "CU22,CU18", "--default-profile", "CU22")
    run("add", "--certificate", certificate, "--id", "samu", "--name", "SAMU 38", "--home-ror", "ara", *words)
    together(reason="le SAMU 38 arrive")
    return WhitelistFiles(Home(tmp_path / "home"))


@pytest.fixture
def partner(run):
    return lambda: json.loads(run("show", "--json").stdout)["partners"][0]


def test_a_draft_is_shown_as_who_gains_and_loses_what(run, listed):
    run("change", "samu", "--perimeter", "ara,bfc", "--transactions", "lecture")

    shown = run("diff")

    assert "loses   region all of France but 27 Bourgogne-Franche-Comté, 84 Auvergne-Rhône-Alpes" in shown.stdout
    assert "gains   transaction lecture" in shown.stdout
    assert "loses   transaction recherche" in shown.stdout
    assert "only then is there a hash" in shown.stderr


def test_the_hash_shown_is_the_one_that_is_approved(run, listed, partner):
    run("change", "samu", "--quota", "300")
    assert "1 more officer must approve" in run("draft", "--officer", "officer-1", "--reason", "plus").stderr
    shown = run("diff")
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("Hash ")]

    run("approve", line.removeprefix("Hash "), "--officer", "officer-2")
    assert "Approved by officer-2" in run("diff").stdout
    run("publish")

    assert partner()["quota"] == 300
    assert json.loads(run("show", "--json").stdout)["origin"]["reason"] == "plus"


def test_what_may_not_be_approved_or_published_ends_with_3(run, refused, listed):
    run("change", "samu", "--quota", "300")
    run("draft", "--officer", "officer-1", "--reason", "plus")
    shown = json.loads(run("diff", "--json").stdout)

    assert (shown["author"], shown["approved_by"], shown["missing"]) == ("officer-1", [], 1)
    assert refused("approve", shown["hash"], "--officer", "officer-1", exit_code=3) == "approval.refused"
    assert refused("approve", "0" * 64, "--officer", "officer-2", exit_code=3) == "approval.refused"
    assert refused("publish", exit_code=3) == "proposal.not-approved"
    assert refused("draft", "--officer", "officer-2", "--reason", "x") == "proposal.stands"
    run("discard")
    assert refused("publish") == "proposal.none"
    assert refused("approve", shown["hash"], "--officer", "officer-2") == "proposal.none"
    listed.proposal.write_bytes(b"{}")
    assert refused("publish", exit_code=3) == "proposal.void"


def test_an_officer_says_who_he_is_unless_only_his_key_lies_here(run, refused, listed, monkeypatch):
    assert refused("draft", "--reason", "x") == "officers.unusable"
    listed.officer_key("officer-2").unlink()

    assert "officer-1 puts version 3 forward" in run("draft", "--reason", "x").stderr
    run("discard")
    monkeypatch.setenv("ROR_OFFICER", "officer-2")
    assert refused("draft", "--reason", "x") == "officers.unusable"
    listed.officer_key("officer-1").unlink()
    monkeypatch.delenv("ROR_OFFICER")
    assert refused("draft", "--reason", "x") == "officers.unusable"


def test_a_proposal_is_approved_as_a_file_on_another_desk(run, listed, tmp_path, partner):
    run("change", "samu", "--quota", "300")
    run("draft", "--officer", "officer-1", "--reason", "plus")
    sent = tmp_path / "sent.jws"
    listed.proposal.rename(sent)

    shown = json.loads(run("diff", "--proposal", sent, "--json").stdout)
    run("approve", shown["hash"], "--officer", "officer-2", "--proposal", sent)
    run("publish", "--proposal", sent)

    assert partner()["quota"] == 300
    run("diff", "--proposal", sent, exit_code=6)


def test_one_officer_suspends_at_once_and_it_is_told_wherever_the_list_is_shown(run, listed):
    stopped = run("suspend", "samu", "--reason", "questions étranges", "--hours", "12", "--officer", "officer-2")
    assert "STOPPED: samu is suspended by officer-2 alone until" in stopped.stderr

    for words in (("show",), ("show", "--json"), ("verify",)):
        assert "STOPPED: samu is suspended by officer-2 alone" in run(*words).stderr
    (stop,) = json.loads(run("show", "--json").stdout)["stops"]
    assert (stop["kind"], stop["partner"], stop["reason"]) == ("suspend", "samu", "questions étranges")
    assert "STOPPED" in run("show").stdout


def test_an_emergency_revocation_is_confirmed_by_officers_and_lasts(run, listed, together, partner):
    run("revoke", "samu", "--emergency", "--reason", "clé volée", "--officer", "officer-1")
    assert partner()["status"] == "active"

    assert "samu is revoked on the draft" in run("confirm", "samu").stderr
    together("officer-2", "officer-1")

    assert partner()["status"] == "revoked"
    assert partner()["comment"] == "clé volée"


def test_a_suspension_is_confirmed_and_later_undone(run, refused, listed, together, partner):
    run("suspend", "samu", "--reason", "abus", "--officer", "officer-1")
    run("confirm", "samu")
    together()
    assert partner()["status"] == "suspended"

    run("resume", "samu", "--reason", "expliqué")
    together()

    assert partner()["status"] == "active"
    assert json.loads(run("show", "--json").stdout)["stops"] == []
    assert refused("confirm", "samu") == "stop.refused"


def test_a_change_overtaken_by_a_stop_is_not_published(run, refused, listed):
    run("change", "samu", "--quota", "300")
    run("draft", "--officer", "officer-1", "--reason", "plus")
    run("approve", json.loads(run("diff", "--json").stdout)["hash"], "--officer", "officer-2")
    run("revoke", "samu", "--emergency", "--reason", "clé volée", "--officer", "officer-2")

    assert "STOPPED" in run("diff").stderr
    assert refused("publish", exit_code=3) == "proposal.void"


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (("suspend", "nobody", "--reason", "x", "--officer", "officer-1"), 6),
        (("suspend", "samu", "--reason", "", "--officer", "officer-1"), 6),
        (("suspend", "samu", "--reason", "x", "--hours", "73", "--officer", "officer-1"), 2),
        (("suspend", "samu", "--officer", "officer-1"), 2),
        (("resume", "nobody", "--reason", "x"), 6),
        (("change", "nobody", "--quota", "1"), 6),
        (("change", "samu"), 6),
        (("draft", "--officer", "officer-1", "--reason", "x", "--days", "367"), 2),
        (("draft", "--officer", "officer-1", "--reason", " "), 6),
    ],
    ids=str,
)
def test_what_cannot_be_done_changes_nothing(run, listed, words, exit_code):
    run(*words, exit_code=exit_code)

    assert not listed.draft.exists()
    assert not listed.proposal.exists()
    assert not listed.stops.exists()


def test_a_renewed_certificate_prolongs_the_entry_and_a_new_key_replaces_it(run, listed, partner, together, demo_pki):
    run("change", "samu", "--valid-to", "2026-12-24")
    before = partner()
    run("change", "samu", "--certificate", demo_pki.leaf("partner-samu-rhone").certificate)
    run("diff")
    run(
        "change",
        "samu",
        "--certificate",
        demo_pki.leaf("partner-banc-essai").certificate,
        "--comment",
        "nouvelle clé",
    )
    assert "changes holder" in run("diff").stdout
    together()

    assert partner()["spki"] != before["spki"]
    assert partner()["comment"] == "nouvelle clé"


def test_persons_are_named_in_an_entry_by_their_certificate(run, refused, listed, together, partner, demo_pki):
    card = demo_pki.leaf("officer-1").certificate
    words = ("people", "add", "samu", "--certificate", card, "--id", "poste-1", "--profile", "CU22")
    run(*words, "--role", "reader,bed-writer")
    together()

    (person,) = partner()["people"]
    assert (person["id"], person["roles"], person["profile"]) == ("poste-1", ["reader", "bed-writer"], "CU22")
    assert refused(*words) == "whitelist.invalid"
    client = demo_pki.leaf("partner-banc-essai").certificate
    assert refused(*words[:4], client, "--id", "x", "--profile", "CU22") == "certificate.refused"
    assert refused(*words[:-1], "CU20") == "whitelist.invalid"

    run("people", "remove", "samu", "poste-1")
    together()
    assert "people" not in partner()
    assert refused("people", "remove", "samu", "poste-1") == "whitelist.invalid"


def test_an_officer_comes_goes_and_changes_key(run, refused, listed, together, demo_pki, tmp_path):
    public = tmp_path / "carol.json"
    public.write_text(run("officers", "key", "carol").stdout)
    run("officers", "add", "carol", "--public-key", public, "--certificate", demo_pki.leaf("officer-1").certificate)
    assert "gains   officer carol" in run("diff").stdout
    together(reason="Carol arrive")
    officers = json.loads(run("officers", "list", "--json").stdout)
    assert ([one["name"] for one in officers["officers"]], officers["version"]) == (
        ["officer-1", "officer-2", "carol"],
        2,
    )
    assert "must sign" in run("officers", "list").stdout

    run("officers", "rotate", "officer-2")
    together("carol", "officer-2", reason="clé perdue")
    run("officers", "remove", "officer-1")
    assert refused("draft", "--officer", "officer-1", "--reason", "x") == "officers.invalid"
    together("officer-2", "carol", reason="départ")

    left = json.loads(run("officers", "list", "--json").stdout)
    assert ([one["name"] for one in left["officers"]], left["version"]) == (["officer-2", "carol"], 4)
    assert "version 6 is in force" in run("sign", "--reason", "ceux d'aujourd'hui signent").stderr
    assert run("verify").exit_code == 0
    assert [one["flaw"] for one in json.loads(run("log", "--json").stdout)["versions"]] == [None] * 6
    pin = json.loads(run("officers", "list", "--trust-file").stdout)
    assert (pin["version"], pin["threshold"]) == (4, 2)


def test_a_new_gateway_pins_the_officers_of_today(run, listed, together, tmp_path):
    run("officers", "rotate", "officer-2")
    together()
    other = WhitelistFiles(Home(tmp_path / "gateway"))
    other.home.whitelist.mkdir(parents=True)
    other.trust.write_text(run("officers", "list", "--trust-file").stdout)
    other.published.write_bytes(listed.published.read_bytes())

    assert run("verify", "--home", tmp_path / "gateway").stdout.startswith("valid: ")


@pytest.mark.parametrize(
    "words",
    [
        ("officers", "remove", "officer-1"),
        ("officers", "remove", "nobody"),
        ("officers", "remove", "officer-1", "--threshold", "1"),
        ("officers", "add", "officer-1"),
        ("officers", "rotate", "nobody"),
        ("officers", "add", "../x"),
        ("officers", "key", "X"),
    ],
    ids=str,
)
def test_officers_do_not_change_like_this(refused, listed, words):
    keys = sorted(listed.officer_key("x").parent.iterdir())

    assert refused(*words) in {"officers.invalid", "whitelist.invalid"}

    assert not listed.draft.exists()
    assert sorted(listed.officer_key("x").parent.iterdir()) == keys


def test_a_public_key_that_is_none_or_anothers_is_refused(run, refused, listed, tmp_path):
    file = tmp_path / "key.json"
    file.write_text("{}")
    assert refused("officers", "add", "carol", "--public-key", file) == "officers.unusable"
    file.write_text(run("officers", "key", "dave").stdout)
    assert refused("officers", "add", "carol", "--public-key", file) == "officers.unusable"
    written = json.loads(file.read_text())
    file.write_text(json.dumps({**written, "kid": "x"}))
    assert refused("officers", "add", "dave", "--public-key", file) == "officers.unusable"


def test_entries_go_out_and_come_back_as_csv(run, refused, listed, together, partner, tmp_path):
    sheet = tmp_path / "partners.csv"
    sheet.write_bytes(run("export").stdout_bytes)
    sheet.write_text(sheet.read_text("utf-8-sig").replace('"60"', '"777"'))

    imported = run("import", sheet)
    assert "changed on the draft: samu" in imported.stderr
    assert partner()["quota"] == 60
    assert b"777" in run("export", "--draft").stdout_bytes
    together(reason="import")

    assert partner()["quota"] == 777
    sheet.write_text(sheet.read_text().replace("SAMU 38", "=SAMU()"))
    assert refused("import", sheet) == "csv.refused"
    assert refused("import", tmp_path / "nothing.csv") == "csv.refused"
    assert refused("import", tmp_path) == "csv.refused"
    assert not listed.draft.exists()


def test_the_history_tells_who_when_and_why(run, listed, together):
    run("change", "samu", "--quota", "300")
    together("officer-2", "officer-1", reason="plus de questions")
    run("suspend", "samu", "--reason", "abus", "--officer", "officer-1")

    table = run("log").stdout
    for word in (
        "plus de questions",
        "officer-2",
        "approved by officer-1",
        "gains quota 300",
        "abus",
        "alone",
        "stop",
    ):
        assert word in table
    told = json.loads(run("log", "--json").stdout)
    assert [one["version"] for one in told["versions"]] == [3, 2, 1]
    assert told["versions"][0]["changes"][0]["value"].startswith("300 questions")
    assert [one["reason"] for one in told["stops"]] == ["abus"]
    assert len(json.loads(run("log", "--limit", "1", "--json").stdout)["versions"]) == 1


def test_two_versions_are_compared(run, refused, listed, together):
    run("change", "samu", "--quota", "300")
    together()

    assert "gains   quota 300" in run("diff", "2", "3").stdout
    assert "gains   quota 300" in run("diff", "2").stdout
    assert "added   partner 'SAMU 38'" in run("diff", "0", "2").stdout
    assert json.loads(run("diff", "3", "2", "--json").stdout)["changes"][0]["turn"] == "loses"
    assert refused("diff", "2", "9") == "file.missing"


def test_a_history_that_was_edited_ends_with_3(run, listed):
    listed.version(1).write_bytes(b"{}")

    result = run("log", exit_code=3)

    assert "NOT AUTHENTIC" in result.stdout
    assert "whitelist.not-authentic" in result.stderr


def test_markup_in_a_name_or_a_reason_is_shown_as_it_is(run, listed, together):
    run("change", "samu", "--name", "[red]X[/]", "--comment", "[bold]y[/]")
    assert "[red]X[/]" in run("diff").stdout
    together(reason="[link=http://x]z[/link]")

    assert "[link=http://x]z[/link]" in run("log").stdout


def test_officers_at_one_desk_sign_and_publish_at_once(run, listed, partner):
    run("change", "samu", "--quota", "300")

    run("sign", "--reason", "les deux officiers au même poste")

    assert partner()["quota"] == 300


def test_a_desk_with_too_few_keys_signs_nothing(run, refused, listed, partner, tmp_path):
    run("change", "samu", "--quota", "300")
    Home(tmp_path / "home").officer_key("officer-2").unlink()

    assert refused("sign", "--reason", "seul", exit_code=3)
    assert partner()["quota"] != 300
