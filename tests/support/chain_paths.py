"""What can be wrong between certificates: issuers, keys, signatures, what authorities may. One function a change."""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from certs.profiles import DEMONSTRATION, Domain
from certs.usages import KeyUse, extended_usage_extension, key_usage_extension
from tests.support.chain_making import (
    AKI,
    BASIC,
    CONSTRAINTS,
    DAY,
    EXTENDED,
    INHIBIT_ANY,
    KEY_USAGE,
    NOW,
    POLICIES,
    POLICY_CONSTRAINTS,
    PRINTABLE,
    SKI,
    UTF8,
    ChainDraft,
    algorithm_of,
    authority,
    called,
    encoded,
    identify,
    integer,
    name,
    some,
)

CN, OU, ORG, ST, C = "2.5.4.3", "2.5.4.11", "2.5.4.10", "2.5.4.8", "2.5.4.6"
UNKNOWN: Final = "1.2.3.4.5"
ANY_POLICY: Final = "2.5.29.32.0"


def authority_key_usage(draft: ChainDraft) -> str:
    """An authority that may not sign certificates, or does not say."""
    one = draft.random.choice([draft.between, draft.root])
    if draft.random.random() < 0.5:
        one.drop(KEY_USAGE)
        return f"no-key-usage:{called(draft, one)}"
    uses = draft.random.choice([{KeyUse.DIGITAL_SIGNATURE}, {KeyUse.CRL_SIGN}])
    one.put(KEY_USAGE, key_usage_extension(frozenset(uses)), critical=True)
    return f"may-not-sign:{called(draft, one)}"


def authority_extended_usage(draft: ChainDraft) -> str:
    """An authority that narrows what its leaves are for."""
    kind, use = draft.random.choice(
        [("client", "1.3.6.1.5.5.7.3.2"), ("server", "1.3.6.1.5.5.7.3.1"), ("e-mail", "1.3.6.1.5.5.7.3.4")]
    )
    draft.between.put(EXTENDED, extended_usage_extension(frozenset({use})))
    return f"authority-for-{kind}"


def path_length(draft: ChainDraft) -> str:
    """A root that allows no intermediate, or authorities that allow any number."""
    length = draft.random.choice([0, 2, None])
    one = draft.root if length == 0 else draft.random.choice([draft.root, draft.between])
    one.put(BASIC, x509.BasicConstraints(ca=True, path_length=length), critical=True)
    return f"path-length-{length}:{called(draft, one)}"


def another_level(draft: ChainDraft) -> str:
    """An authority below the intermediate, or two, trusted or only sent along."""
    levels = draft.random.choice([1, 1, 2, 4])
    unlimited = draft.random.random() < 0.5
    if unlimited:
        for one in (draft.root, draft.between):
            one.put(BASIC, x509.BasicConstraints(ca=True, path_length=None), critical=True)
    above = draft.between
    for number in range(levels):
        subject = name((C, "FR"), (CN, f"DEMO AC {number} ORGANISATIONS"))
        key = draft.spare[number % len(draft.spare)]
        above = authority(draft.random, subject, key, above, path_length=None)
        draft.sent.append(above)
    draft.leaf.by = above
    identify(draft.leaf)
    trusted = draft.random.random() < 0.4
    if trusted:
        draft.trusted += draft.sent
        draft.sent = []
    return f"levels-{levels}{'-unlimited' if unlimited else ''}{'-trusted' if trusted else ''}"


def other_intermediate(draft: ChainDraft) -> str:
    """An intermediate of our root that the trust file does not have, sent along."""
    other = authority(
        draft.random, name((C, "FR"), (CN, "DEMO AC AUTRE ORGANISATIONS")), draft.spare[0], draft.root, path_length=0
    )
    draft.leaf.by = other
    identify(draft.leaf)
    draft.sent.append(other)
    return "intermediate-brought-along"


def missing_intermediate(draft: ChainDraft) -> str:
    """Nobody has the intermediate, or the peer alone."""
    draft.trusted.remove(draft.between)
    if draft.random.random() < 0.5:
        draft.sent.append(draft.between)
        return "intermediate-sent-only"
    return "intermediate-missing"


def extra_certificates(draft: ChainDraft) -> str:
    """More than is needed comes along."""
    stranger = authority(draft.random, name((CN, "AC ETRANGERE")), draft.spare[0], None, path_length=None)
    draft.sent += [draft.between, stranger][: draft.random.choice([1, 2])]
    if draft.random.random() < 0.3:
        draft.sent.append(draft.root)
    draft.random.shuffle(draft.sent)
    return "more-than-needed"


def wrong_domain(draft: ChainDraft) -> str:
    """The leaf of one domain under the other domain's authority."""
    other = Domain.PERSONNES if draft.profile.domain is Domain.ORGANISATIONS else Domain.ORGANISATIONS
    draft.between.subject = encoded(DEMONSTRATION.intermediates[other])
    return "wrong-domain"


def no_domain(draft: ChainDraft) -> str:
    """An intermediate that names no domain."""
    draft.between.subject = name((C, "FR"), (CN, "DEMO AC SANS DOMAINE"))
    return "no-domain"


def issued_by_root(draft: ChainDraft) -> str:
    """No intermediate between."""
    draft.leaf.by = draft.root
    identify(draft.leaf)
    return "issued-by-root"


def swapped_issuer(draft: ChainDraft) -> str:
    """Another authority's name over this one's signature."""
    draft.leaf.issuer = draft.root.subject
    return "issuer-swapped"


def look_alike(draft: ChainDraft) -> str:
    """Our intermediate's or root's name under another key."""
    kind = draft.random.choice(["between", "root", "both-trusted"])
    if kind == "root":
        double = authority(draft.random, draft.root.subject, draft.spare[0], None, path_length=1)
        draft.between.by = double
        identify(draft.between)
        draft.sent.append(double)
        return "look-alike-root"
    issuer = draft.root if kind == "both-trusted" else None
    double = authority(draft.random, draft.between.subject, draft.spare[0], issuer, path_length=0)
    draft.leaf.by = double
    identify(draft.leaf)
    if kind == "both-trusted":
        draft.trusted.append(double)
        return "two-of-one-name"
    draft.sent.append(double)
    return "look-alike-intermediate"


def renewed_authority(draft: ChainDraft) -> str:
    """Two certificates of one intermediate: the older has ended, or the newer has not begun."""
    again = authority(draft.random, draft.between.subject, draft.between.key, draft.root, path_length=0)
    if draft.random.random() < 0.5:
        again.not_after = NOW - DAY
    else:
        again.not_before = NOW + DAY
    draft.trusted.insert(draft.random.choice([1, 2]), again)
    return "authority-renewed"


def bad_signature(draft: ChainDraft) -> str:
    """One bit, or a whole signature of somebody else."""
    one = some(draft)
    if draft.random.random() < 0.5:
        one.signer = draft.spare[1]
        return f"signed-by-another:{called(draft, one)}"
    one.spoil = lambda data: data[:-1] + bytes([data[-1] ^ 1])
    return f"signature-spoilt:{called(draft, one)}"


def changed_after_signing(draft: ChainDraft) -> str:
    """A byte of the serial number."""
    one = some(draft)
    mark = integer(one.serial)
    one.spoil = lambda data: data.replace(mark, mark[:-1] + bytes([mark[-1] ^ 2]), 1)
    return f"changed-after-signing:{called(draft, one)}"


def two_algorithms(draft: ChainDraft) -> str:
    """One algorithm inside, another outside."""
    one = some(draft)
    key = one.by.key if one.by is not None else one.key
    one.outer = algorithm_of(key, hashes.SHA384())
    return f"two-algorithms:{called(draft, one)}"


def signature_hash(draft: ChainDraft) -> str:
    """SHA-1, or longer than usual."""
    one = some(draft)
    one.hash = draft.random.choice([hashes.SHA1(), hashes.SHA1(), hashes.SHA384(), hashes.SHA512()])
    return f"{one.hash.name}:{called(draft, one)}"


def weak_key(draft: ChainDraft) -> str:
    """RSA 1024, other curves, Ed25519."""
    one = some(draft)
    pool = draft.pool
    kinds = {
        "rsa-1024": pool.short_rsa,
        "k-256": pool.odd_curve,
        "p-224": pool.short_curve,
        "ed25519": pool.edwards,
    }
    kind = draft.random.choice(list(kinds))
    one.key = kinds[kind]
    for draft_ in (draft.root, draft.between, draft.leaf):
        identify(draft_)
    return f"{kind}:{called(draft, one)}"


def strong_key(draft: ChainDraft) -> str:
    """RSA 2048 where curves are usual."""
    one = some(draft)
    one.key = draft.random.choice(draft.pool.rsa)
    for draft_ in (draft.root, draft.between, draft.leaf):
        identify(draft_)
    return f"rsa-2048:{called(draft, one)}"


def authority_as_leaf(draft: ChainDraft) -> str:
    """The intermediate itself wants in."""
    draft.leaf = draft.between
    return "authority-as-leaf"


def self_signed(draft: ChainDraft) -> str:
    """Issued by nobody but itself."""
    draft.leaf.by = None
    identify(draft.leaf)
    if draft.random.random() < 0.3:
        draft.leaf.subject = draft.root.subject
        return "self-signed-as-root"
    return "self-signed"


def self_issued(draft: ChainDraft) -> str:
    """The leaf has its issuer's name."""
    draft.leaf.subject = draft.between.subject
    return "self-issued"


def key_identifiers(draft: ChainDraft) -> str:
    """Missing, or of somebody else."""
    one = some(draft)
    kinds = ["no-ski", "no-aki", "other-ski", "other-aki", "aki-serial", "aki-critical", "empty-ski"]
    kind = draft.random.choice(kinds)
    other = draft.spare[2].public_key()
    if kind == "no-ski":
        one.drop(SKI)
    elif kind == "no-aki":
        one.drop(AKI)
    elif kind == "other-ski":
        one.put(SKI, x509.SubjectKeyIdentifier.from_public_key(other))
    elif kind == "other-aki":
        one.put(AKI, x509.AuthorityKeyIdentifier.from_issuer_public_key(other))
    elif kind == "aki-critical":
        known = one.get(AKI)
        if known is not None:
            known.critical = True
    elif kind == "empty-ski":
        one.put(SKI, bytes.fromhex("0400"))
    else:
        issuer = [x509.DNSName("elsewhere")]
        one.put(AKI, x509.AuthorityKeyIdentifier(None, issuer, 99))
    return f"{kind}:{called(draft, one)}"


def name_constraints(draft: ChainDraft) -> str:
    """Authorities that may only issue certain names."""
    one = draft.random.choice([draft.between, draft.root])
    inside = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "FR")]))
    outside = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "BE")]))
    dns, other_dns = x509.DNSName("localhost"), x509.DNSName("example.org")
    kinds = {
        "permits-us": ([inside], None),
        "permits-others": ([outside], None),
        "excludes-us": (None, [inside]),
        "excludes-others": (None, [outside]),
        "permits-dns": ([dns], None),
        "permits-other-dns": ([other_dns], None),
        "excludes-dns": (None, [dns]),
    }
    kind = draft.random.choice(list(kinds))
    permitted, excluded = kinds[kind]
    one.put(CONSTRAINTS, x509.NameConstraints(permitted, excluded), critical=draft.random.random() < 0.8)
    return f"names-{kind}:{called(draft, one)}"


def authority_policies(draft: ChainDraft) -> str:
    """Authorities that demand or forbid policies."""
    kind = draft.random.choice(["any", "other", "explicit", "inhibit-any"])
    one = draft.random.choice([draft.between, draft.root])
    if kind == "explicit":
        one.put(POLICY_CONSTRAINTS, x509.PolicyConstraints(0, None), critical=draft.random.random() < 0.7)
    elif kind == "inhibit-any":
        one.put(INHIBIT_ANY, x509.InhibitAnyPolicy(0), critical=draft.random.random() < 0.7)
    else:
        told = x509.ObjectIdentifier(ANY_POLICY if kind == "any" else UNKNOWN)
        one.put(POLICIES, x509.CertificatePolicies([x509.PolicyInformation(told, None)]))
    return f"authority-policy-{kind}:{called(draft, one)}"


def issuer_spelling(draft: ChainDraft) -> str:
    """The issuer's name in another string type or case: the same to X.500, not byte for byte."""
    kind = draft.random.choice(["printable", "case", "spaces"])
    told = DEMONSTRATION.intermediates[draft.profile.domain]
    pairs = [(attribute.oid, attribute.value) for attribute in reversed(told.attributes)]
    if kind == "case":
        pairs[-1] = (pairs[-1][0], pairs[-1][1].lower())
    if kind == "spaces":
        pairs[-1] = (pairs[-1][0], pairs[-1][1].replace(" ", "  "))
    draft.leaf.issuer = name(*pairs, tag=PRINTABLE if kind == "printable" else UTF8)
    return f"issuer-{kind}"
