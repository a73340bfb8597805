"""A list taken up is told, a list refused is told once."""

import shutil

from certs.home import Home
from gateway.audit.lists import ListAudit
from ror.audit.events import Kind
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
    kinds = [event.kind for event in told]
    assert kinds == [Kind.LIST_TAKEN_UP, Kind.LIST_REFUSED, Kind.LIST_REFUSED, Kind.LIST_REFUSED]
    assert told[0].version >= 1
    assert told[-1].flaw == "unreadable"
