"""Whether a certificate serves a purpose at a moment: a pure function with a typed verdict.

The rules, in the order in which they are asked; the first that fails gives the reason:

1. There is a chain, of at most ``MAX_CHAIN`` certificates, and every one can be read.
2. The leaf is issued by a trusted authority: name byte for byte, signature by its key. What the peer sent along is
   used to explain a refusal and never to find an authority. Of several certificates of that authority, one is enough
   under which all that follows holds.
3. The leaf is no authority itself, and is issued by an intermediate.
4. The intermediate speaks for the purpose's domain.
5. Key and signature are strong enough; no critical extension is unknown.
6. Key usage and extended key usage are both present and fit the purpose's profile (decision 3); where an authority
   narrows what it issues for, that purpose is in it. The identifiers of keys say the same as the signature.
7. It is issued under the gamme's policy, where that is known, and its subject has the fields of the profile, an
   idNat_Struct as ``OU`` among them.
8. Leaf, intermediate and root are within their dates, both bounds included (decision 5).
9. The X.509 library's own path validation agrees. It knows fewer reasons but more of RFC 5280 (name constraints).

Revocation is none of these: ``certs.revocation.checking`` asks it, on every request, of a verdict of this module.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, VerificationError

from certs.errors import MalformedCertificateError
from certs.identity import Identity, identity_of, is_authority
from certs.key_identifiers import identifier_flaw
from certs.profiles import Domain, Gamme, Purpose, gamme_of
from certs.reading import read_der
from certs.reasons import Reason
from certs.revocation.scope import Place, place_of
from certs.strength import weakness_of
from certs.trust import Authority, Trust, was_issued_by
from certs.usages import ExtendedUse, extended_uses_of, key_uses_of

MAX_CHAIN = 5
_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
    }
)
_CA_POLICY = ExtensionPolicy.webpki_defaults_ca().may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)
_LEAF_POLICY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, None)
    .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer: accepted when ``reason`` is ``None``.

    ``detail`` (English, for log and audit) says which rule and why; it never names a person. ``identity`` is there
    as soon as the leaf could be read, ``domain`` and ``authority`` once its issuer is trusted. An accepted path holds
    from ``valid_from`` to ``valid_until``, both included. ``place`` is where the leaf is listed when it is revoked;
    ``chain`` and ``trust`` are what was judged, and by whom.
    """

    reason: Reason | None
    detail: str = ""
    identity: Identity | None = None
    domain: Domain | None = None
    authority: Authority | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    place: Place | None = None
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    trust: Trust | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the certificate serves."""
        return self.reason is None

    def at(self, moment: datetime) -> "Verdict":
        """The verdict of a kept-alive connection at a later moment: the dates are asked again, nothing else.

        Costs two comparisons. A refusal stays what it is.
        """
        if not self.ok or self.identity is None or self.valid_from is None or self.valid_until is None:
            return self
        refusal = _date_refusal(self.identity, self.valid_from, self.valid_until, moment)
        return self if refusal is None else replace(self, reason=refusal[0], detail=refusal[1])

    def under(self, trust: Trust, purpose: Purpose, moment: datetime) -> "Verdict":
        """The verdict under the authorities of now: the same one while they are those that it was given under."""
        return self if self.trust is trust else verify(self.chain, trust, purpose, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    leaf: x509.Certificate
    identity: Identity
    authority: Authority
    purpose: Purpose


_Refusal = tuple[Reason, str]


def verify(chain: Sequence[bytes], trust: Trust, purpose: Purpose, at: datetime) -> Verdict:
    """Judge a DER chain, leaf first (the leaf alone is enough), for ``purpose`` at the aware moment ``at``.

    Never raises for anything a peer can send.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a verdict must be aware of its time zone")
    return replace(_verdict(chain, trust, purpose, at), chain=tuple(chain), trust=trust)


def _verdict(chain: Sequence[bytes], trust: Trust, purpose: Purpose, at: datetime) -> Verdict:
    if not chain:
        return Verdict(reason=Reason.MISSING, detail="no certificate was shown")
    if len(chain) > MAX_CHAIN:
        return Verdict(reason=Reason.PATH_LENGTH, detail=f"{len(chain)} certificates were shown")
    try:
        leaf, *others = [read_der(der) for der in chain]
        identity = identity_of(leaf)
    except MalformedCertificateError as error:
        return Verdict(reason=Reason.MALFORMED, detail=str(error))
    refused = None
    for authority in trust.named(leaf.issuer):
        if authority.signed(leaf):
            verdict = _judge(_Case(leaf=leaf, identity=identity, authority=authority, purpose=purpose), trust, at)
            if verdict.ok:
                return verdict
            refused = refused or verdict
    if refused is not None:
        return refused
    reason, detail = _explain_untrusted(leaf, others, trust)
    return Verdict(reason=reason, detail=detail, identity=identity)


def _judge(case: _Case, trust: Trust, at: datetime) -> Verdict:
    path = [case.leaf, case.authority.certificate]
    if case.authority.root is not None:
        path.append(case.authority.root.certificate)
    verdict = Verdict(
        reason=None,
        identity=case.identity,
        place=place_of(case.leaf, is_authority=False),
        domain=case.authority.domain,
        authority=case.authority,
        valid_from=max(certificate.not_valid_before_utc for certificate in path),
        valid_until=min(certificate.not_valid_after_utc for certificate in path),
    )
    for rule in _RULES:
        refusal = rule(case)
        if refusal is not None:
            return replace(verdict, reason=refusal[0], detail=refusal[1])
    dated = verdict.at(at)
    if not dated.ok:
        return dated
    objection = _library_objection(case, trust, at)
    return verdict if objection is None else replace(verdict, reason=Reason.INVALID, detail=objection)


def _explain_untrusted(leaf: x509.Certificate, others: list[x509.Certificate], trust: Trust) -> _Refusal:
    """Tell a forged name, an injected intermediate and a stranger apart; all are refused.

    A signature too weak for the library to check (SHA-1) says so to whoever may hold an old certificate of ours.
    """
    if trust.named(leaf.issuer):
        weakness = weakness_of(leaf)
        if weakness is not None:
            return Reason.WEAK, weakness
        return Reason.UNTRUSTED, "a trusted authority's name, but not its signature"
    for other in others:
        if was_issued_by(leaf, other) and any(authority.signed(other) for authority in trust.named(other.issuer)):
            if is_authority(other):
                return Reason.PATH_LENGTH, "issued by an authority below the trusted intermediates"
            return Reason.UNTRUSTED, "issued by a certificate that is no authority"
    return Reason.UNTRUSTED, "issued by an unknown authority"


def _refuse_authority(case: _Case) -> _Refusal | None:
    if is_authority(case.leaf):
        return Reason.CA_AS_LEAF, "the leaf is an authority's certificate"
    return None


def _require_domain(case: _Case) -> _Refusal | None:
    if case.authority.domain is None:
        return Reason.UNTRUSTED, "issued by a root, which speaks for no domain"
    wanted = case.purpose.profile.domain
    if case.authority.domain is not wanted:
        return Reason.WRONG_DOMAIN, f"issued for {case.authority.domain.value}, {wanted.value} is required"
    return None


def _require_strength(case: _Case) -> _Refusal | None:
    weakness = weakness_of(case.leaf)
    return None if weakness is None else (Reason.WEAK, weakness)


def _refuse_unknown_critical(case: _Case) -> _Refusal | None:
    for extension in case.leaf.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return Reason.UNSUPPORTED_EXTENSION, f"critical extension {extension.oid.dotted_string}"
    return None


def _require_usage(case: _Case) -> _Refusal | None:
    extensions = case.leaf.extensions
    profile = case.purpose.profile
    if profile.admits(key_uses_of(extensions), extended_uses_of(extensions)):
        return None
    return Reason.WRONG_USAGE, f"it reads as {case.identity.usage.value}, {profile.usage.value} is required"


def _require_authoritys_usage(case: _Case) -> _Refusal | None:
    """An extended usage in an authority is the most that its leaves are for, as OpenSSL reads it."""
    wanted = case.purpose.profile.required_extended_uses
    for authority in (case.authority, case.authority.root):
        uses = extended_uses_of(authority.certificate.extensions) if authority is not None else None
        if uses is not None and not wanted <= uses and ExtendedUse.ANY not in uses:
            return Reason.WRONG_USAGE, "its authority does not issue for that usage"
    return None


def _require_identifiers(case: _Case) -> _Refusal | None:
    flaw = identifier_flaw(case.leaf, case.authority.certificate)
    return None if flaw is None else (Reason.INVALID, flaw)


def _require_policy(case: _Case) -> _Refusal | None:
    gamme, domain = _gamme_of(case.authority), case.authority.domain
    wanted = gamme.policies.get(domain) if gamme is not None and domain is not None else None
    if wanted is None or wanted in _policies_of(case.leaf):
        return None
    return Reason.WRONG_POLICY, f"not issued under the policy {wanted}"


def _require_subject(case: _Case) -> _Refusal | None:
    profile, subject = case.purpose.profile, case.identity.subject
    missing = [label for label in profile.required_subject_fields if not subject.values(label)]
    if missing:
        return Reason.WRONG_SUBJECT, f"its subject has no {' and no '.join(missing)}"
    gamme = _gamme_of(case.authority)
    checked = profile.identified and (gamme is None or gamme.checks_identifiers)
    if checked and case.identity.organisation_id is None:
        return Reason.WRONG_SUBJECT, "none of its OU is an idNat_Struct"
    return None


def _gamme_of(authority: Authority) -> Gamme | None:
    return gamme_of(authority.root.name) if authority.root is not None else None


def _policies_of(certificate: x509.Certificate) -> frozenset[str]:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(policy.policy_identifier.dotted_string for policy in policies)


_RULES: tuple[Callable[[_Case], _Refusal | None], ...] = (
    _refuse_authority,
    _require_domain,
    _require_strength,
    _refuse_unknown_critical,
    _require_usage,
    _require_authoritys_usage,
    _require_identifiers,
    _require_policy,
    _require_subject,
)


def _date_refusal(identity: Identity, start: datetime, end: datetime, at: datetime) -> _Refusal | None:
    if at > identity.not_after:
        return Reason.EXPIRED, f"expired on {identity.not_after.isoformat()}"
    if at < identity.not_before:
        return Reason.NOT_YET_VALID, f"valid from {identity.not_before.isoformat()}"
    if not start <= at <= end:
        return Reason.AUTHORITY_OUT_OF_DATE, f"its authorities hold from {start.isoformat()} to {end.isoformat()}"
    return None


def _library_objection(case: _Case, trust: Trust, at: datetime) -> str | None:
    """A verifier freezes its time when it is built: one a decision (0.2 ms)."""
    verifier = (
        PolicyBuilder()
        .store(trust.store)
        .time(at)
        .max_chain_depth(1)
        .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
        .build_client_verifier()
    )
    try:
        verifier.verify(case.leaf, [case.authority.certificate])
    except VerificationError as error:
        return str(error).partition("(encountered")[0].strip()
    return None
