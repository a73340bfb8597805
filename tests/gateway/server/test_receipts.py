"""Receipts over the wire: for the partner whose question it was; anybody else cannot tell it from one never asked."""

import asyncio
import json
import re
import shutil
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from certs.audit.inbox import AuditFiles
from certs.audit.keys import PublicKey
from certs.audit.verifying import verify_receipt
from certs.home import Home
from certs.tls import client_context
from gateway.audit.bounds import AuditBounds
from gateway.audit.cli import app
from gateway.audit.stored import records, stored_log
from gateway.cli.search import run
from gateway.fetching_receipts import NoReceiptError, fetch_receipt
from gateway.service import RunningGateway
from ror import namespaces as ns
from ror.audit.receipt import PATH, Receipt
from ror.exit_codes import Exit
from ror.question import Criteria, Destination, DestinationLevel, Question
from tests.support.served_gateway import Send, one_connection

MINE = "partner-samu-rhone"
OTHER = "partner-portail-public"


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def pki_home(pki_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A state folder whose log is this test's alone, with a signed head every two seconds."""
    shutil.copytree(pki_home.root, tmp_path / "home", ignore=shutil.ignore_patterns("audit", "nodes"))
    monkeypatch.setattr("gateway.audit.log.AuditBounds", partial(AuditBounds, head_s=2.0))
    return Home(tmp_path / "home")


@pytest.fixture
def fetch(gateway: RunningGateway, pki_home: Home) -> Callable[..., Awaitable[Got]]:
    """Ask for a receipt as the holder of a leaf; a receipt that is not signed yet is asked for again."""

    async def fetched(question: str, leaf: str | None = MINE, *, at_once: bool = False) -> Got:
        files = pki_home.leaf(leaf) if leaf else None
        context: ssl.SSLContext = client_context(
            files.chain if files else None, files.key if files else None, pki_home.trust
        )
        async with one_connection(context) as session, asyncio.timeout(30):
            while True:
                async with session.get(gateway.url + PATH + question) as response:
                    got = Got(response.status, dict(response.headers), await response.read())
                if at_once or got.status != 503:
                    return got
                await asyncio.sleep(min(1.0, int(got.headers["Retry-After"])))

    return fetched


@pytest.fixture
async def asked(send: Send, question: bytes) -> str:
    """The id of a question that the SAMU has just asked."""
    reply = await send(question, MINE)
    (header,) = reply.envelope.iter("{*}couverture")
    return header.get("question")


def key_of(home: Home) -> PublicKey:
    return PublicKey.read((AuditFiles(home).folder / "key.pub").read_text())


async def test_the_partner_gets_a_receipt_that_proves_its_question(fetch, asked, pki_home):
    got = await fetch(asked)
    assert (got.status, got.headers["Content-Type"], got.headers["Cache-Control"]) == (
        200,
        "application/json",
        "no-store",
    )
    verdict = verify_receipt(Receipt.read(got.body), key_of(pki_home))
    assert verdict is not None
    assert verdict.record.event["question"] == asked
    assert verdict.record.event["partner"] == "samu-rhone"
    assert verdict.record.kind == "search.answered"


async def test_before_it_is_signed_the_partner_is_told_when_to_come(fetch, asked):
    early = await fetch(asked, at_once=True)
    assert early.status == 503
    assert 1 <= int(early.headers["Retry-After"]) <= 10
    assert b"receipt.not-yet" in early.body


async def test_another_partner_cannot_tell_a_question_from_none(fetch, asked):
    mine, other = await fetch(asked, OTHER), await fetch("0" * 32, OTHER)
    assert mine.status == other.status == 404
    assert mine.body == other.body
    assert {name: value for name, value in mine.headers.items() if name != "Date"} == {
        name: value for name, value in other.headers.items() if name != "Date"
    }
    assert (await fetch(asked)).status == 200


async def test_who_has_no_place_on_the_list_gets_nothing(fetch, asked):
    assert (await fetch(asked, None)).status == 401
    assert (await fetch(asked, "gateway-client")).status == 403


@pytest.mark.parametrize("told", ["x", "a" * 65, "..%2f..%2fkey.json", "0" * 31 + "%0a", "%00" * 8, "é" * 10])
async def test_what_is_no_id_is_not_found(fetch, told):
    assert (await fetch(told)).status in (400, 404)


async def test_who_asked_for_which_receipt_is_in_the_log(fetch, asked, pki_home):
    await fetch(asked)
    await fetch(asked, OTHER)
    with stored_log(AuditFiles(pki_home).folder) as log:
        found = [one.event for segment in log.segments() for one in records(segment) if one.kind == "receipt.asked"]
    told = [(one["granted"], one["partner"], one["reason"]) for one in found if one["reason"] != "receipt.not-yet"]
    assert told == [(True, "samu-rhone", None), (False, "portail-public", "identifier.unknown")]
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["certificate"]) for one in found)


async def test_the_search_command_brings_its_receipt_home(gateway, pki_home, tmp_path):
    target = tmp_path / "receipt.json"
    asking = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.COUNTRY, "FR"),))
    url = gateway.url + ns.PATH_G1
    told = await asyncio.to_thread(run, pki_home, "samu-rhone", None, url, asking, as_json=True, receipt=target)
    assert told is Exit.PARTIAL
    assert target.stat().st_mode & 0o777 == 0o600
    checked = CliRunner().invoke(app, ["check", str(target), "--key", key_of(pki_home).text])
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["event"]["partner"] == "samu-rhone"


async def test_a_receipt_that_cannot_be_had_is_told(gateway, pki_home):
    leaf = pki_home.leaf(MINE)
    with pytest.raises(NoReceiptError, match=r"identifier\.unknown"):
        await fetch_receipt(gateway.url, client_context(leaf.chain, leaf.key, pki_home.trust), "0" * 32)
