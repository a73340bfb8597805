"""A node asked which list it goes by: its own word, to gateways only, and a list of its own."""

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from certs.home import Home
from certs.revocation.source import RevocationSource
from certs.trust import load_trust
from certs.verification import verify
from regional_nodes.host import NodeHost
from regional_nodes.serving.faults import NodeFault
from regional_nodes.serving.held_list import HeldList
from ror import namespaces as ns
from ror.soap.fault import read_fault
from ror.xml_parser import ANSWER_LIMITS, parse
from tests.regional_nodes.node_client import GATEWAY, NodeClient, Reply
from tests.support.acknowledgements import NONCE
from whitelist import office
from whitelist.acknowledgement.checking import Expected, NodeHolder, check
from whitelist.acknowledgement.statement import Acknowledgement
from whitelist.files import WhitelistFiles
from whitelist.source import WhitelistSource


@pytest.fixture
def asked(client: NodeClient):
    async def ask(ror: str = "ara", leaf=GATEWAY, *, query: str = f"?defi={NONCE}", method: str = "GET") -> Reply:
        return await client.send(None, ror=ror, leaf=leaf, method=method, path=ns.PATH_LIST + query)

    return ask


@pytest.fixture
def word(asked, node_home: Home):
    """What a node says, checked as a gateway does."""
    trust = load_trust(node_home.trust)
    revocation = RevocationSource.of_home(node_home, trust)
    revocation.refresh()

    def judge(chain, purpose, at):
        return revocation.apply(verify(chain, trust, purpose, at), at)

    async def word(ror: str = "ara") -> Acknowledgement:
        reply = await asked(ror)
        assert reply.status == 200, reply.slug
        assert reply.headers["Content-Type"] == "application/jose"
        holder = NodeHolder(f"ror-{ror}.demo.inter-ror.fr")
        expected = Expected(follower=ror, environment="demonstration", holder=holder, nonce=NONCE)
        said = check(reply.body, expected, judge, datetime.now(UTC))
        assert isinstance(said, Acknowledgement), said
        return said

    return word


def published_again(home: Home) -> int:
    """Publish the next version; its number."""
    files, now = WhitelistFiles(home), datetime.now(UTC).replace(microsecond=0)
    base = office.base_of(files, now)
    keys = office.keys_here(files, base.officers)
    return office.publish_changed(files, keys, now, lambda draft: draft, reason="test").verified.whitelist.version


async def test_each_node_says_what_it_holds(word, node_home: Home) -> None:
    source = WhitelistSource.of_home(node_home)
    source.refresh()
    for ror in ("ara", "bre"):
        said = await word(ror)
        assert said.follower == ror
        assert said.in_force.is_same_as(source.held.in_force)


async def test_a_new_version_is_acknowledged_within_moments(word, node_home: Home, eventually) -> None:
    before = await word()
    version = published_again(node_home)
    assert version == before.in_force.version + 1
    while (said := await word()).in_force.version != version:
        assert (said.said_at - before.said_at).total_seconds() < 5
    assert said.in_force.taken_up_at > before.in_force.taken_up_at


@pytest.mark.parametrize("leaf", ["partner-ror-bre", "partner-samu-rhone", "node-idf", "gateway-server", None])
async def test_nobody_but_a_gateway_is_told(asked, leaf) -> None:
    with capture_logs() as logs:
        reply = await asked(leaf=leaf)
    assert reply.status in (401, 403)
    fault = read_fault(parse(reply.body, ANSWER_LIMITS).find("{*}Body")[0])
    assert fault is not None
    refused = [line for line in logs if line["event"] == "request.refused"]
    assert [line["reason"] for line in refused] == [fault.slug]


async def test_a_stranger_learns_nothing_of_how_to_ask(asked) -> None:
    assert (await asked(leaf="partner-ror-bre", query="")).slug == "transaction.not-allowed"


@pytest.mark.parametrize("query", ["", "?defi=", "?defi=short", f"?defi={NONCE}&defi={NONCE}", "?defi=" + "x" * 65])
async def test_a_question_without_a_proper_nonce_is_refused(asked, query: str) -> None:
    assert (await asked(query=query)).slug == "http.invalid"


async def test_another_method_is_refused(asked) -> None:
    assert (await asked(method="POST")).slug == "http.method"


async def test_what_is_new_is_logged_once(asked) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            await asked()
    assert [line["ror"] for line in logs if line["event"] == "list.acknowledged"] == ["ara"]


async def test_a_node_with_a_stale_list_keeps_it_silently_and_alone(
    word, nodes: NodeHost, node_home: Home, client: NodeClient, eventually
) -> None:
    await nodes.set_fault("ara", NodeFault.parse("stale-list"))
    old = await word("ara")
    version = published_again(node_home)
    while (await word("bre")).in_force.version != version:
        pass
    assert (await word("ara")).in_force == old.in_force
    assert (await client.ask(ror="ara")).status == 200
    await nodes.set_fault("ara", None)
    assert (await word("ara")).in_force.version == version


def test_a_list_that_nobody_may_go_by_is_not_held_either(node_home: Home) -> None:
    class Lists:
        held = None

    source = WhitelistSource.of_home(node_home)
    source.refresh()
    lists = Lists()
    own = HeldList(lists, lambda: datetime.now(UTC))
    own.follow()
    assert own.current is None
    lists.held = source.held
    own.follow()
    assert own.current is source.current
    lists.held = None
    assert own.current is None
    own.is_stale = True
    assert own.current is source.current
