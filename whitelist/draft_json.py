"""The draft as a file. An officer may edit it by hand: any spelling is read, every rule of an entry holds."""

import json
from dataclasses import dataclass

from whitelist.canary import Canary
from whitelist.document import Lifted, Partner
from whitelist.document_json import (
    CanaryJson,
    LiftedJson,
    OfficerJson,
    PartnerJson,
    Strict,
    canary_view,
    lifted_of,
    lifted_view,
    officers_of,
    partner_view,
    validated,
)
from whitelist.officers import Officer, officer_view


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """What a draft file says. ``officers`` and ``threshold`` are ``None`` where the draft leaves them as they are."""

    base_version: int
    partners: tuple[Partner, ...]
    base_digest: str = ""
    officers: tuple[Officer, ...] | None = None
    threshold: int | None = None
    lifted: tuple[Lifted, ...] = ()
    canary: Canary | None = None


class _DraftJson(Strict):
    base_version: int
    base_digest: str = ""
    partners: tuple[PartnerJson, ...]
    officers: tuple[OfficerJson, ...] | None = None
    threshold: int | None = None
    lifted: tuple[LiftedJson, ...] = ()
    canary: CanaryJson | None = None


def read_draft_file(data: bytes) -> DraftFile:
    """Read a draft; raises ``DocumentError``."""
    file = validated(_DraftJson, data)
    return DraftFile(
        base_version=file.base_version,
        base_digest=file.base_digest,
        partners=tuple(partner.partner() for partner in file.partners),
        officers=None if file.officers is None else officers_of(file.officers),
        threshold=file.threshold,
        lifted=lifted_of(file.lifted),
        canary=file.canary.canary() if file.canary else None,
    )


def write_draft_file(draft: DraftFile) -> bytes:
    """The draft, laid out to be read."""
    file: dict[str, object] = {
        "base_version": draft.base_version,
        "base_digest": draft.base_digest,
        "partners": [partner_view(partner) for partner in draft.partners],
    }
    if draft.officers is not None:
        file["officers"] = [officer_view(officer) for officer in draft.officers]
    if draft.threshold is not None:
        file["threshold"] = draft.threshold
    if draft.lifted:
        file["lifted"] = lifted_view(draft.lifted)
    if draft.canary is not None:
        file["canary"] = canary_view(draft.canary)
    return json.dumps(file, ensure_ascii=False, indent=1).encode()
