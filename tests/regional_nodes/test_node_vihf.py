"""Nodes do not take the gateway's word for it either: fresh, once, and signed by nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from certs.home import Home
from certs.keys import key_from_pem
from certs.xml_signing import VihfSigner
from regional_nodes.host import NodeHost
from ror.g1.question import write_question
from ror.soap.envelope import write_envelope
from ror.soap.version import SoapVersion
from ror.vihf import Vihf, write_vihf
from tests.regional_nodes.node_client import GATEWAY, ROR_BRETAGNE, NodeClient, question
from tests.support.served_gateway import subject_of


@pytest.fixture
def client(nodes: NodeHost, node_home: Home) -> NodeClient:
    return NodeClient(nodes, node_home)


def message(home: Home, *, age: timedelta = timedelta(0), signed_by: str | None = None) -> bytes:
    """A question of the gateway's; ``signed_by`` names the leaf whose key signs its VIHF."""
    vihf = Vihf(subject_of(home, GATEWAY), "samu-rhone", "test", "CU22")
    block = write_vihf(vihf, at=datetime.now(UTC) - age, assertion_id="_question")
    if signed_by is not None:
        block = VihfSigner(key_from_pem(home.leaf(signed_by).key.read_bytes()))(block)
    return write_envelope(SoapVersion.V12, headers=[block], body=write_question(question()))


async def test_a_vihf_serves_once_at_each_node(client: NodeClient, node_home: Home) -> None:
    same = message(node_home)

    assert (await client.send(same)).status == 200
    replayed = await client.send(same)
    assert (replayed.status, replayed.slug) == (403, "vihf.replayed")
    assert (await client.send(same, ror="bre")).status == 200


@pytest.mark.parametrize(
    ("age", "slug"), [(timedelta(minutes=10), "vihf.expired"), (-timedelta(minutes=10), "vihf.not-yet-valid")]
)
async def test_a_vihf_of_another_time_is_refused(
    client: NodeClient, node_home: Home, age: timedelta, slug: str
) -> None:
    reply = await client.send(message(node_home, age=age))

    assert (reply.status, reply.slug) == (403, slug)


async def test_the_gateways_signature_holds(client: NodeClient, node_home: Home) -> None:
    assert (await client.send(message(node_home, signed_by=GATEWAY))).status == 200


async def test_anothers_signature_does_not(client: NodeClient, node_home: Home) -> None:
    reply = await client.send(message(node_home, signed_by=ROR_BRETAGNE))

    assert (reply.status, reply.slug) == (403, "vihf.signature-invalid")
