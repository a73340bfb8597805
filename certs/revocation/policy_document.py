"""The policy as JSON (``pki/revocation.json``), the one edge where foreign values come in."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from certs.errors import RevocationPolicyError
from certs.private_files import make_private_folder, write_private
from certs.revocation.addresses import Address, AddressKind
from certs.revocation.policy import STRICT, Grace, Requirement, RevocationPolicy

MAX_POLICY_BYTES = 262_144


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _GraceJson(_Strict):
    authority: str
    granted: AwareDatetime
    until: AwareDatetime
    reason: str
    officer: str


class _AddressJson(_Strict):
    url: str
    kind: AddressKind
    authority: str
    private: bool = False


class _PolicyJson(_Strict):
    format: Literal[1] = 1
    requirements: dict[str, Requirement] = {}
    graces: tuple[_GraceJson, ...] = ()
    addresses: tuple[_AddressJson, ...] = ()


def policy_from_json(data: bytes) -> RevocationPolicy:
    """Read a policy. Raises ``RevocationPolicyError``; what the file holds is told by place, never repeated."""
    if len(data) > MAX_POLICY_BYTES:
        raise RevocationPolicyError(f"the policy is larger than {MAX_POLICY_BYTES} bytes")
    try:
        document = _PolicyJson.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise RevocationPolicyError(f"the policy is none: {place}: {first['msg']}") from error
    return RevocationPolicy(
        requirements=document.requirements,
        graces=tuple(Grace(**grace.model_dump()) for grace in document.graces),
        addresses=tuple(Address(**address.model_dump()) for address in document.addresses),
    )


def policy_to_json(policy: RevocationPolicy) -> bytes:
    """The policy as officers read and edit it."""
    document = _PolicyJson(
        requirements=dict(policy.requirements),
        graces=tuple(_GraceJson.model_validate(grace, from_attributes=True) for grace in policy.graces),
        addresses=tuple(_AddressJson.model_validate(address, from_attributes=True) for address in policy.addresses),
    )
    return document.model_dump_json(indent=2).encode() + b"\n"


def load_policy(path: Path) -> RevocationPolicy:
    """The policy of a state folder, the strict one where there is none. Raises ``RevocationPolicyError``."""
    try:
        with path.open("rb") as file:
            return policy_from_json(file.read(MAX_POLICY_BYTES + 1))
    except FileNotFoundError:
        return STRICT
    except OSError as error:
        raise RevocationPolicyError(f"{path} cannot be read: {error.strerror}") from error


def save_policy(path: Path, policy: RevocationPolicy) -> None:
    """Put the policy in place whole. Raises ``RevocationPolicyError``."""
    try:
        make_private_folder(path.parent)
        write_private(path, policy_to_json(policy))
    except OSError as error:
        raise RevocationPolicyError(f"{path} cannot be written: {error.strerror}") from error
