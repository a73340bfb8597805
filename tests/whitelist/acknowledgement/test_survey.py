"""Who follows, told from the folder alone: by what each signed, verified again, and by nothing else."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from certs.demonstration_revocation import publisher_of, target_named
from certs.home import Home
from certs.private_files import write_private
from certs.revocation.publishing import revoke
from certs.revocation.revoked import RevocationReason
from ror.territory import RORS
from tests.support.acknowledgements import Followers as Signers
from tests.support.acknowledgements import acknowledgement
from whitelist import emergency, office
from whitelist.acknowledgement.folder import AcknowledgementFolder, Follower, Followers
from whitelist.acknowledgement.statement import GATEWAY
from whitelist.cli import app
from whitelist.files import WhitelistFiles
from whitelist.source import WhitelistSource
from whitelist.stops import StopKind

EVERYBODY = (GATEWAY, *(ror.id for ror in RORS))


class Federation:
    """A state folder in which everybody said what the list of that moment is."""

    def __init__(self, home: Home) -> None:
        self.files = WhitelistFiles(home)
        self.folder = AcknowledgementFolder(self.files.acknowledgements)
        self.signers = Signers(home)
        source = WhitelistSource.of_home(home)
        source.refresh()
        assert source.held is not None
        self.in_force = source.held.in_force

    def say(self, *followers: str, by: str | None = None, **changes: object) -> None:
        for follower in followers:
            leaf = by or ("gateway-client" if follower == GATEWAY else f"node-{follower}")
            said = acknowledgement(follower, **({"in_force": self.in_force} | changes))
            self.folder.keep(follower, self.signers.sign(leaf, said))

    def expect(self, flaws: dict[str, str] | None = None) -> None:
        entries = tuple(
            Follower(
                id=one,
                server_name=None if one == GATEWAY else f"ror-{one}.demo.inter-ror.fr",
                flaw=(flaws or {}).get(one),
                flaw_at=datetime.now(UTC),
            )
            for one in EVERYBODY
        )
        self.folder.keep_followers(Followers(silent_after_s=40, followers=entries))

    def publish(self) -> int:
        now = datetime.now(UTC).replace(microsecond=0)
        keys = office.keys_here(self.files, office.base_of(self.files, now).officers)
        done = office.publish_changed(self.files, keys, now, lambda draft: draft, reason="essai")
        return done.verified.whitelist.version


@pytest.fixture
def federation(pki_home: Home, tmp_path) -> Federation:
    home = Home(tmp_path / "home")
    for part in ("pki", "whitelist"):
        shutil.copytree(
            pki_home.root / part, home.root / part, ignore=shutil.ignore_patterns("acknowledgements", "seen.json")
        )
    made = Federation(home)
    made.expect()
    made.say(*EVERYBODY)
    return made


@pytest.fixture
def told(federation: Federation):
    """The exit code, and every follower by its id."""

    def told():
        arguments = ["propagation", "--json", "--home", str(federation.files.home.root)]
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        shown = json.loads(result.stdout)
        return result.exit_code, {one["follower"]: one for one in shown["followers"]}, shown

    return told


def test_everybody_follows(federation, told):
    exit_code, followers, shown = told()
    assert exit_code == 0
    assert tuple(followers) == EVERYBODY
    assert {one["standing"] for one in followers.values()} == {"current"}
    assert (shown["version"], shown["current"]) == (federation.in_force.version, True)


def test_right_after_a_publication_nobody_follows_yet(federation, told):
    version = federation.publish()
    exit_code, followers, _ = told()
    assert exit_code == 4
    assert {(one["standing"], one["versions_behind"]) for one in followers.values()} == {("behind", 1)}
    assert all(one["version"] == version - 1 for one in followers.values())
    assert all(one["behind_s"] > 0 for one in followers.values())


def test_lag_counts_from_the_gateways_own_word(federation, told):
    old = federation.in_force
    federation.publish()
    renewed = Federation(federation.files.home)
    taken_up_at = datetime.now(UTC) - timedelta(seconds=25)
    for follower in EVERYBODY[:-1]:
        renewed.say(follower, in_force=_since(renewed.in_force, taken_up_at))
    renewed.say(EVERYBODY[-1], in_force=old)
    exit_code, followers, _ = told()
    assert exit_code == 4
    behind = [one for one in followers.values() if one["standing"] != "current"]
    assert [one["follower"] for one in behind] == [EVERYBODY[-1]]
    assert 25 <= behind[0]["behind_s"] < 35


def _since(in_force, taken_up_at):
    return type(in_force)(
        environment=in_force.environment,
        version=in_force.version,
        digest=in_force.digest,
        stops=in_force.stops,
        taken_up_at=taken_up_at,
    )


def test_who_has_not_taken_up_a_stop_is_behind(federation, told):
    files, now = federation.files, datetime.now(UTC).replace(microsecond=0)
    base = office.base_of(files, now)
    key = office.read_officer_key(files, "officer-1", base.officers)
    emergency.stop_partner(
        files, key, base, now, partner_id="samu-rhone", kind=StopKind.SUSPEND, reason="essai", hours=1
    )
    assert told()[0] == 4
    after = Federation(files.home)
    after.say(*EVERYBODY[1:])
    exit_code, followers, _ = told()
    assert exit_code == 4
    assert [one["follower"] for one in followers.values() if one["standing"] == "behind"] == [GATEWAY]
    after.say(GATEWAY)
    assert told()[0] == 0


def test_an_old_word_is_silence_since_then(federation, told):
    said_at = datetime.now(UTC) - timedelta(seconds=41)
    federation.say("idf", said_at=said_at)
    exit_code, followers, _ = told()
    assert exit_code == 4
    assert followers["idf"]["standing"] == "silent"
    assert datetime.fromisoformat(followers["idf"]["silent_since"]) == said_at


def test_one_who_never_said_anything_is_silent(federation, told):
    (federation.files.acknowledgements / "mar.jws").unlink()
    federation.expect({"mar": "silence.unreachable"})
    exit_code, followers, _ = told()
    assert exit_code == 4
    assert followers["mar"] | {"behind_s": 0} == {
        "follower": "mar",
        "standing": "silent",
        "version": None,
        "versions_behind": None,
        "behind_s": 0,
        "taken_up_at": None,
        "said_at": None,
        "silent_since": None,
        "flaw": "silence.unreachable",
    }


def test_a_newer_version_than_is_known_here_is_told(federation, told):
    ahead = type(federation.in_force)(
        environment="demonstration",
        version=federation.in_force.version + 3,
        digest="0" * 64,
        stops=federation.in_force.stops,
        taken_up_at=datetime.now(UTC),
    )
    federation.say("cor", in_force=ahead)
    exit_code, followers, _ = told()
    assert exit_code == 4
    assert (followers["cor"]["standing"], followers["cor"]["versions_behind"]) == ("diverged", -3)


@pytest.mark.parametrize(
    ("forge", "flaw"),
    [
        (lambda one: one.say("ges", by="node-gua"), "acknowledgement.other-holder"),
        (lambda one: shutil.copy(_kept(one, "gua"), _kept(one, "ges")), "acknowledgement.other-holder"),
        (lambda one: write_private(_kept(one, "ges"), b"garbage"), "acknowledgement.malformed"),
        (lambda one: write_private(_kept(one, "ges"), b"x" * 40_000), "acknowledgement.too-large"),
        (lambda one: one.expect({"ges": "acknowledgement.replayed"}), "acknowledgement.replayed"),
    ],
)
def test_what_does_not_count_is_told_and_has_its_exit_code(federation, told, forge, flaw):
    forge(federation)
    exit_code, followers, _ = told()
    assert exit_code == 3
    assert (followers["ges"]["standing"], followers["ges"]["flaw"]) == ("refused", flaw)
    assert sum(one["standing"] == "current" for one in followers.values()) == 17


def _kept(federation: Federation, follower: str):
    return federation.files.acknowledgements / f"{follower}.jws"


def test_the_word_of_a_certificate_revoked_since_does_not_count(federation, told):
    home = federation.files.home
    target = target_named(home, "node-pdl")
    assert target is not None
    now = datetime.now(UTC)
    revoke(publisher_of(home, target.authority), target.serial, RevocationReason.KEY_COMPROMISE, at=now)
    exit_code, followers, _ = told()
    assert exit_code == 3
    assert followers["pdl"]["flaw"] == "acknowledgement.certificate-refused"


def test_where_no_gateway_has_asked_the_command_says_so(federation):
    shutil.rmtree(federation.files.acknowledgements)
    result = CliRunner().invoke(app, ["propagation", "--home", str(federation.files.home.root)])
    assert result.exit_code == 6
    assert "propagation.unknown" in result.stderr


@pytest.mark.parametrize("content", [b"", b"[]", b'{"followers":[],"silent_after_s":-1}', b"\xff"])
def test_a_damaged_list_of_followers_is_told(federation, content):
    write_private(federation.files.acknowledgements / "followers.json", content)
    result = CliRunner().invoke(app, ["propagation", "--home", str(federation.files.home.root)])
    assert result.exit_code == 1
    assert "whitelist.storage" in result.stderr


def test_the_table_says_who_follows_in_the_width_of_a_terminal(federation, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    federation.say("bre", said_at=datetime.now(UTC) - timedelta(minutes=2))
    result = CliRunner().invoke(app, ["propagation", "--home", str(federation.files.home.root)])
    assert result.exit_code == 4
    lines = result.stdout.splitlines()
    assert lines[0] == f"Version {federation.in_force.version}: 17 of 18 follow"
    assert max(map(len, lines)) <= 80
    [bre] = [line for line in lines if line.strip().startswith("bre")]
    assert "silent" in bre
    assert "not since" in bre


def test_watching_ends_once_all_follow(federation, monkeypatch):
    version = federation.publish()
    looks = []

    def wait(_seconds: float) -> None:
        looks.append(1)
        Federation(federation.files.home).say(*EVERYBODY)

    monkeypatch.setattr("whitelist.cli.following.time.sleep", wait)
    arguments = ["propagation", "--watch", "--home", str(federation.files.home.root)]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert looks == [1]
    assert f"Version {version}: 18 of 18 follow" in result.stdout
