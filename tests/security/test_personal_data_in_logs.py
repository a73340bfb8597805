"""What an answer says of people and how to reach them goes to the caller, and into no log."""

import asyncio
from pathlib import Path

import pytest
from lxml import etree
from structlog.testing import capture_logs

from certs.audit.inbox import AuditFiles
from certs.home import Home
from tests.support.attacked import PARTNER, Attacked, attacked, copied, plain_question, reckless, request, spoken
from tests.support.scripted_node import answering

TELEPHONE, MAIL = "0472000199", "garde.brules@chu.example"


def with_contacts(golden: Path) -> bytes:
    """The golden answer with contacts that cannot be mistaken for anything else."""
    envelope = etree.fromstring((golden / "g1_answer.xml").read_bytes())
    values = [address for point in envelope.iter("{*}contactPoint") for address in point.iter("{*}equipment")]
    for number, address in enumerate(values):
        address.text = (TELEPHONE, MAIL)[number % 2]
    told = etree.tostring(envelope)
    assert TELEPHONE.encode() in told
    assert MAIL.encode() in told
    return told


def logs_of(target: Attacked, lines: list[dict[str, object]]) -> str:
    """The audit log's bytes, and everything that was logged."""
    kept = b"".join(path.read_bytes() for path in sorted(AuditFiles(target.home).folder.glob("*.jsonl")))
    return kept.decode() + repr(lines)


@pytest.mark.parametrize("damage", [None, b"</ror:careServicesResponse>"], ids=["merged", "malformed"])
async def test_no_contact_of_an_answer_is_in_a_log(
    pki_home: Home, tmp_path: Path, golden: Path, damage: bytes | None
) -> None:
    answer = with_contacts(golden)
    if damage is not None:
        answer = answer.replace(damage, b"")
    with capture_logs() as lines:
        async with attacked(copied(pki_home, tmp_path / "home"), answering(answer), plain_question(golden)) as target:
            outcome = await target.attempt(target.home.leaf(f"partner-{PARTNER}"))
            kept = logs_of(target, lines)

    assert (outcome.status == 200) == (damage is None)
    assert "search.answered" in kept
    assert not [told for told in (TELEPHONE, MAIL) if told in kept]


async def test_the_control_the_caller_is_told(pki_home: Home, tmp_path: Path, golden: Path) -> None:
    node = answering(with_contacts(golden))
    async with attacked(copied(pki_home, tmp_path / "home"), node, plain_question(golden)) as target:
        context = reckless(target.home.trust, target.home.leaf(f"partner-{PARTNER}"))
        said = await asyncio.to_thread(spoken, target.gateway.port, context, request(target.question))

    assert TELEPHONE.encode() in said
    assert MAIL.encode() in said
