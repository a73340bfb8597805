"""The merged answer as blocks of bytes with a known length."""

from collections.abc import Iterable, Iterator

from gateway.merge.merging import Merged
from ror.coverage import Coverage
from ror.g1.answer import answer_prefix, answer_suffix, directories
from ror.soap.coverage_header import write_coverage
from ror.soap.envelope import envelope_parts
from ror.soap.version import SoapVersion

_BLOCK = 128 * 1024


def answer_parts(version: SoapVersion, merged: Merged, coverage: Coverage) -> list[bytes]:
    """The whole envelope, in parts that are written one after the other."""
    prefix, suffix = envelope_parts(version, [write_coverage(coverage)])
    return [
        prefix,
        answer_prefix(merged.units),
        *directories(
            organizations=merged.organizations,
            services=merged.services,
            facilities=merged.facilities,
            providers=merged.providers,
            devices=merged.devices,
        ),
        answer_suffix(),
        suffix,
    ]


def blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of about 128 kB, so that no write is tiny and none is huge."""
    pending: list[bytes] = []
    size = 0
    for part in parts:
        pending.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield b"".join(pending)
            pending, size = [], 0
    if pending:
        yield b"".join(pending)
