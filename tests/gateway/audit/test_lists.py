"""A list taken up is told, a list refused is told once."""

import hashlib
import shutil

from certs.home import Home
from gateway.audit.lists import ListAudit
from ror.audit.events import Kind
from whitelist.files import WhitelistFiles
from whitelist.source import WhitelistSource


def test_lists_taken_up_and_refused_are_told(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    told = []
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    for _ in range(3):
        audit.refresh()
    good = home.whitelist_published.read_bytes()
    for content in (good[:-10], b"x", good):
        home.whitelist_published.write_bytes(content)
        audit.refresh()
        audit.refresh()
    home.whitelist_published.unlink()
    for _ in range(3):
        audit.refresh()
    taken_up, *refused = told
    assert taken_up.kind is Kind.LIST_TAKEN_UP
    assert taken_up.version >= 1
    flaws = [event.flaw for event in refused]
    assert flaws == ["whitelist.malformed", "whitelist.malformed", "whitelist.unreadable"]


def test_a_stop_that_is_refused_is_told_by_its_flaw(pki_home, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(pki_home.whitelist, home.whitelist)
    told = []
    audit = ListAudit(WhitelistSource.of_home(home), told.append)
    audit.refresh()
    stops = WhitelistFiles(home).stops
    stops.mkdir(exist_ok=True)
    (stops / f"{hashlib.sha256(b'{}').hexdigest()}.jws").write_bytes(b"{}")
    for _ in range(3):
        audit.refresh()
    assert [event.flaw for event in told[1:]] == ["stop.malformed"]
