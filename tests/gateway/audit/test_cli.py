"""``ror audit`` over a real log: what is shown, what is recorded of the showing, how it ends."""

import json
import zipfile

import pytest
from typer.testing import CliRunner

from certs.audit.keys import KeyUse, PrivateKey
from gateway.audit.cli import app
from ror.audit.events import DecisionTaken, ListTakenUp, OfficerActed, RegionAsked, SearchAnswered
from ror.exit_codes import Exit
from tests.gateway.audit.test_log import kinds, read, until

REGIONS = (RegionAsked("ara", ("84",), "complete", 3, 3), RegionAsked("idf", ("11",), "late", None, None))


@pytest.fixture
def run(files):
    def ran(*words, code=Exit.COMPLETE, home=True):
        told = ["--home", str(files.home.root)] if home else []
        result = CliRunner().invoke(app, [*words, *told])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return ran


@pytest.fixture
def log(open_log, files):
    """A log that is open: two questions of two partners, one of them refused."""
    log = open_log(head_s=0.05)
    for partner, question in [("samu-rhone", "q1"), ("portail", "q2")]:
        log.append(
            DecisionTaken(granted=partner != "portail", transaction="recherche", question=question, partner=partner)
        )
    log.append(SearchAnswered(question="q1", partner="samu-rhone", profile="CU22", regions=REGIONS, units=3))
    until(lambda: log.size == 4)
    return log


def shown(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("log")
def test_tail_shows_the_newest_records(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    found = shown(run("tail", "-n", "3", "--json"))
    assert [one["kind"] for one in found[-3:]][-1] in {"search.answered", "log.read"}
    text = run("tail").stdout
    assert "samu-rhone" in text
    assert "2 (1 complete, 1 late)" in text


def test_reading_is_recorded_before_anything_is_shown(run, log, files):
    run("search", "--partner", "samu-rhone", "--since", "2020-01-01")
    until(lambda: "log.read" in kinds(files))
    event = read(files)[-1].event
    assert (event["command"], event["partner"]) == ("search", "samu-rhone")
    assert event["since"] == "2020-01-01T00:00:00.000000Z"


def test_reading_is_recorded_where_no_gateway_runs(run, log, files):
    log.close()
    run("tail")
    assert kinds(files)[-1] == "log.read"
    assert not list(files.inbox.iterdir())


def test_what_cannot_be_recorded_is_not_shown(run, log, files, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("certs.audit.inbox.write_private", full)
    result = run("tail", code=Exit.UNEXPECTED)
    assert result.stdout == ""
    assert "samu-rhone" not in result.output


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--question", "q1"], 2),
        (["--partner", "portail"], 1),
        (["--kind", "search.answered"], 1),
        (["--kind", "search.answered", "--kind", "decision.taken"], 3),
        (["--until", "2020-01-01"], 0),
        (["--limit", "1", "--kind", "decision.taken"], 1),
    ],
)
def test_search_narrows(run, words, count):
    assert len(shown(run("search", "--json", *words))) == count


def test_search_finds_what_an_officer_did_or_approved(run, log):
    log.append(OfficerActed(act="list.proposed", officer="kid-1", list_version=2))
    log.append(ListTakenUp(version=2, author="kid-1", approvers=("kid-2",)))
    until(lambda: log.size >= 6)
    assert [one["kind"] for one in shown(run("search", "--json", "--officer", "kid-1"))] == [
        "officer.acted",
        "list.taken-up",
    ]
    assert [one["kind"] for one in shown(run("search", "--json", "--officer", "kid-2"))] == ["list.taken-up"]


def test_who_looked_for_a_question_is_shown_to_whoever_asks_for_that(run, log, files):
    run("search", "--question", "q1")
    until(lambda: "log.read" in kinds(files))
    found = shown(run("search", "--json", "--question", "q1", "--kind", "log.read"))
    assert found[0]["event"]["command"] == "search"


@pytest.mark.usefixtures("log")
def test_a_moment_that_is_none_is_bad_usage(run):
    run("search", "--since", "yesterday", code=Exit.USAGE)


def test_a_log_that_holds_and_one_that_does_not(run, log, files):
    log.close()
    assert "holds: records 1 to 5" in run("verify").stdout
    (segment,) = files.folder.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b'"q1"', b'"q7"'))
    result = run("verify", "--json", code=Exit.REFUSED)
    report = json.loads(result.stdout)
    assert report["holds"] is False
    assert {finding["flaw"] for finding in report["findings"]} == {"record-edited"}
    assert "DOES NOT HOLD" in run("verify", code=Exit.REFUSED).stdout


@pytest.mark.usefixtures("log")
def test_a_log_that_is_being_written_holds(run):
    run("verify")


def test_an_export_is_verified_elsewhere(run, log, files, tmp_path):
    target, key = tmp_path / "export.zip", tmp_path / "gateway.pub"
    key.write_text(run("key").stdout)
    run("export", str(target))
    run("verify", str(target), "--key", str(key), home=False)
    stranger = PrivateKey.generate(log.key.name, KeyUse.LOG).public.text
    run("verify", str(target), "--key", stranger, code=Exit.REFUSED, home=False)
    assert not any(name.startswith("key.json") for name in zipfile.ZipFile(target).namelist())
    run("export", str(target), code=Exit.INVALID_INPUT)
    run("export", str(target), "--force")


def test_a_receipt_convinces_without_the_log(run, log, tmp_path, files):
    until(lambda: b"\n4\n" in log.head.text.encode() or b"\n5\n" in log.head.text.encode())
    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("receipt", "q1").stdout)
    proven = run("check", str(receipt), "--key", log.key.text, home=False)
    assert json.loads(proven.stdout)["event"]["units"] == 3
    receipt.write_text(receipt.read_text().replace("samu-rhone", "samu-rhino"))
    run("check", str(receipt), "--key", log.key.text, code=Exit.REFUSED, home=False)


def test_a_head_from_elsewhere_shows_a_log_that_was_cut_with_its_heads(run, log, files, tmp_path):
    log.close()
    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("receipt", "q1").stdout)
    for path in files.folder.glob("*.heads"):
        path.unlink()
    (segment,) = files.folder.glob("*.jsonl")
    segment.write_bytes(b"\n".join(segment.read_bytes().split(b"\n")[:3]) + b"\n")
    run("verify")
    result = run("verify", "--head", str(receipt), code=Exit.REFUSED)
    assert "log-truncated" in result.stdout


@pytest.mark.usefixtures("log")
def test_an_unknown_question_has_no_receipt(run):
    run("receipt", "q9", code=Exit.INVALID_INPUT)


@pytest.mark.parametrize("command", [["tail"], ["verify"], ["key"], ["export", "x.zip"], ["receipt", "q"]])
def test_where_there_is_no_log_the_command_says_so(run, command):
    assert "audit." in run(*command, code=Exit.INVALID_INPUT).stderr


def test_a_damaged_log_is_set_aside_and_another_begun(run, log, files, open_log):
    log.close()
    (segment,) = files.folder.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b'"q1"', b'"q7"'))
    run("tail")  # still readable, and the slip waits
    old = run("key").stdout
    run("set-aside")
    assert run("key").stdout != old
    fresh = open_log()
    until(lambda: kinds(files) == ["log.set-aside", "service.started", "log.read"])
    assert read(files)[0].event["finding"] == "record-edited"
    (place,) = (files.folder / "aside").iterdir()
    assert (place / segment.name).exists()
    fresh.close()
    run("verify")


@pytest.mark.usefixtures("log")
def test_a_log_in_use_is_not_set_aside(run):
    assert "audit.busy" in run("set-aside", code=Exit.UNEXPECTED).stderr
