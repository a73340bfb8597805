"""What the nodes are and whether they answer: the lines of ``ror nodes status``."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from certs.errors import CertsError
from certs.home import Home
from certs.tls import client_context
from regional_nodes.directory import Address, read_directory
from regional_nodes.errors import FaultSyntaxError, StoreError
from regional_nodes.serving.fault_plan import plan_path, read_plan
from regional_nodes.serving.faults import NodeFault
from regional_nodes.store.opening import Meta, opened
from ror.territory import RORS, Ror

_ASK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """One node: what its database says (``None`` and a ``problem`` without one), where it is, whether it is up."""

    ror: Ror
    meta: Meta | None
    problem: str | None
    url: str | None
    up: bool
    fault: NodeFault | None

    def as_json(self) -> dict[str, Any]:
        """One object of ``--json``."""
        meta = self.meta
        return {
            "ror": self.ror.id,
            "name": self.ror.name,
            "regions": list(self.ror.regions),
            "solution": self.ror.solution.value,
            "release": meta.release.isoformat() if meta else None,
            "source": meta.source.value if meta else None,
            "simulated": meta.simulated if meta else None,
            "made_at": meta.made_at.isoformat() if meta else None,
            "establishments": meta.establishments if meta else None,
            "units": meta.units if meta else None,
            "url": self.url,
            "up": self.up,
            "fault": str(self.fault) if self.fault else None,
            "problem": self.problem,
        }


async def statuses(home: Home) -> list[NodeStatus]:
    """The status of all seventeen, asked at once."""
    addresses = read_directory(home)
    plan = _plan(home)
    up = await _asked(home, addresses)
    return [_status(home, ror, addresses.get(ror.id), ror.id in up, plan.get(ror.id)) for ror in RORS]


def _status(home: Home, ror: Ror, address: Address | None, up: bool, fault: NodeFault | None) -> NodeStatus:
    meta: Meta | None = None
    problem: str | None = None
    try:
        with opened(home.node_store(ror.id)) as store:
            meta = store.meta
    except StoreError as error:
        problem = str(error)
    return NodeStatus(ror=ror, meta=meta, problem=problem, url=address.url if address else None, up=up, fault=fault)


def _plan(home: Home) -> dict[str, NodeFault]:
    try:
        return read_plan(plan_path(home))
    except FaultSyntaxError:
        return {}


async def _asked(home: Home, addresses: dict[str, Address]) -> set[str]:
    """The RORs whose node answers at its address, under its certificate."""
    if not addresses:
        return set()
    try:
        context = client_context(None, None, home.trust)
    except CertsError:
        return set()
    connector = aiohttp.TCPConnector(ssl=context, limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=_ASK_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
        rors: Sequence[str] = list(addresses)
        answers = await asyncio.gather(*(_is_up(session, addresses[ror]) for ror in rors))
    return {ror for ror, up in zip(rors, answers, strict=True) if up}


async def _is_up(session: aiohttp.ClientSession, address: Address) -> bool:
    try:
        url = URL(address.url).with_path("/healthz")
        async with session.get(url, server_hostname=address.server_name, allow_redirects=False) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError, ssl.SSLError, ValueError):
        return False
