"""What can be wrong in one certificate: one function a change, which works on a draft and says its name."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from certs.profiles import DEMONSTRATION, Domain
from certs.usages import AUTHORITY_USES, KeyUse, extended_usage_extension, key_usage_extension
from tests.support.chain_making import (
    AKI,
    ALTERNATIVE,
    BASIC,
    BIT_STRING,
    BMP,
    DAY,
    EXTENDED,
    GENERALIZED_TIME,
    KEY_USAGE,
    NOW,
    NULL,
    POLICIES,
    PRINTABLE,
    PRIVATE,
    SEQUENCE,
    SET,
    SKI,
    UTC_TIME,
    UTF8,
    ChainDraft,
    Extension,
    called,
    der,
    moment,
    name,
    oid,
    some,
)

SECOND: Final = timedelta(seconds=1)
CN, OU, ORG, ST, C = "2.5.4.3", "2.5.4.11", "2.5.4.10", "2.5.4.8", "2.5.4.6"
UNIT: Final = "300000201400017"
UNKNOWN: Final = "1.2.3.4.5"
ANY_POLICY: Final = "2.5.29.32.0"


def dates(draft: ChainDraft) -> str:
    """Outside the dates, or on their very bounds."""
    one = some(draft)
    kind = draft.random.choice(["expired", "not-yet", "last-second", "first-second", "just-over", "just-before"])
    ends = {"expired": -DAY, "last-second": 0 * DAY, "just-over": -SECOND}
    begins = {"not-yet": DAY, "first-second": 0 * DAY, "just-before": SECOND}
    if kind in ends:
        one.not_before, one.not_after = NOW - 90 * DAY, NOW + ends[kind]
    else:
        one.not_before = NOW + begins[kind]
    return f"{kind}:{called(draft, one)}"


def dates_the_wrong_way_round(draft: ChainDraft) -> str:
    """Ends before it begins."""
    draft.leaf.not_before, draft.leaf.not_after = NOW + DAY, NOW - DAY
    return "dates-reversed"


def time_forms(draft: ChainDraft) -> str:
    """UTCTime and GeneralizedTime where the other belongs, or in a spelling that DER does not know."""
    one = some(draft)
    kinds = ["general-before-2050", "utc-1950s", "fraction", "offset", "no-seconds", "far", "lower"]
    kind = draft.random.choice(kinds)
    start, end = one.not_before, one.not_after
    late = datetime(2060, 1, 1, tzinfo=UTC)
    one.times = {
        "general-before-2050": (moment(start, GENERALIZED_TIME), moment(end, GENERALIZED_TIME)),
        "utc-1950s": (moment(start), moment(late, UTC_TIME)),
        "fraction": (moment(start), der(GENERALIZED_TIME, end.strftime("%Y%m%d%H%M%S.5Z").encode())),
        "offset": (moment(start), der(UTC_TIME, end.strftime("%y%m%d%H%M%S+0100").encode())),
        "no-seconds": (moment(start), der(UTC_TIME, end.strftime("%y%m%d%H%MZ").encode())),
        "far": (moment(start), der(GENERALIZED_TIME, b"99991231235959Z")),
        "lower": (moment(start), der(UTC_TIME, end.strftime("%y%m%d%H%M%Sz").encode())),
    }[kind]
    return f"time-{kind}:{called(draft, one)}"


def key_usage(draft: ChainDraft) -> str:
    """Other key usages, or none."""
    leaf = draft.leaf
    kinds = ["none", "agreement", "signs-certificates", "signs-lists", "all", "not-critical", "empty"]
    kind = draft.random.choice(kinds)
    if kind == "none":
        leaf.drop(KEY_USAGE)
    elif kind == "empty":
        leaf.put(KEY_USAGE, der(BIT_STRING, b"\0"), critical=True)
    else:
        uses = {
            "agreement": frozenset({KeyUse.KEY_AGREEMENT}),
            "signs-certificates": frozenset({KeyUse.DIGITAL_SIGNATURE, KeyUse.KEY_CERT_SIGN}),
            "signs-lists": frozenset({KeyUse.DIGITAL_SIGNATURE, KeyUse.CRL_SIGN}),
            "all": frozenset(KeyUse) - AUTHORITY_USES,
            "not-critical": draft.profile.required_key_uses,
        }[kind]
        leaf.put(KEY_USAGE, key_usage_extension(uses), critical=kind != "not-critical")
    return f"key-usage-{kind}"


def extended_usage(draft: ChainDraft) -> str:
    """Other extended usages, or none."""
    client, server, any_use = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
    kinds: dict[str, set[str]] = {
        "none": set(),
        "server": {server},
        "client": {client},
        "both": {client, server},
        "any": {any_use},
        "any-too": {client, server, any_use},
        "time-stamping": {"1.3.6.1.5.5.7.3.8"},
        "unknown-too": {client, server, UNKNOWN},
    }
    kind = draft.random.choice(list(kinds))
    critical = draft.random.random() < 0.3
    draft.leaf.drop(EXTENDED)
    if kinds[kind]:
        draft.leaf.put(EXTENDED, extended_usage_extension(frozenset(kinds[kind])), critical=critical)
    return f"extended-usage-{kind}{'-critical' if critical else ''}"


def basic_constraints(draft: ChainDraft) -> str:
    """A leaf that is an authority, or an authority that is none."""
    kinds = ["leaf-ca", "leaf-none", "leaf-path-length", "between-none", "between-no-ca", "uncritical"]
    kind = draft.random.choice(kinds)
    if kind == "leaf-ca":
        draft.leaf.put(BASIC, x509.BasicConstraints(ca=True, path_length=None), critical=True)
    elif kind == "leaf-none":
        draft.leaf.drop(BASIC)
    elif kind == "leaf-path-length":
        draft.leaf.put(BASIC, bytes.fromhex("3003020100"), critical=True)
    elif kind == "between-none":
        draft.between.drop(BASIC)
    elif kind == "between-no-ca":
        draft.between.put(BASIC, x509.BasicConstraints(ca=False, path_length=None), critical=True)
    else:
        draft.between.put(BASIC, x509.BasicConstraints(ca=True, path_length=0))
    return f"basic-{kind}"


def unknown_extension(draft: ChainDraft) -> str:
    """Nobody knows it; critical or not."""
    one, critical = some(draft), draft.random.random() < 0.6
    one.put(UNKNOWN, der(NULL), critical=critical)
    return f"unknown{'-critical' if critical else ''}:{called(draft, one)}"


def private_extension(draft: ChainDraft) -> str:
    """The private one of IGC-Santé."""
    draft.leaf.put(PRIVATE, bytes.fromhex("040183"))
    return "private-extension"


def serial_number(draft: ChainDraft) -> str:
    """Zero, negative, one, 20 bytes, more."""
    one = some(draft)
    kinds = {"zero": 0, "negative": -5, "one": 1, "20-bytes": (1 << 158) + 1, "21-bytes": 1 << 160}
    kinds |= {"40-bytes": 1 << 319}
    kind = draft.random.choice(list(kinds))
    one.serial = kinds[kind]
    return f"serial-{kind}:{called(draft, one)}"


def duplicate_extension(draft: ChainDraft) -> str:
    """The same twice, or two that contradict each other."""
    one = some(draft)
    first = draft.random.choice(one.extensions)
    one.extensions.append(Extension(first.oid, first.value, first.critical))
    return f"duplicate-{first.oid}:{called(draft, one)}"


def policies(draft: ChainDraft) -> str:
    """Another policy, none, any, critical."""
    leaf = draft.leaf
    kind = draft.random.choice(["none", "other", "any", "more", "critical"])
    ours = DEMONSTRATION.policies[Domain.ORGANISATIONS]
    told = {"none": [], "other": [UNKNOWN], "any": [ANY_POLICY], "more": [ours, UNKNOWN], "critical": [ours]}[kind]
    leaf.drop(POLICIES)
    if told:
        infos = [x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in told]
        leaf.put(POLICIES, x509.CertificatePolicies(infos), critical=kind == "critical")
    return f"policy-{kind}"


def subjects(draft: ChainDraft) -> str:
    """Empty, without a name, with a NUL, in other encodings, with two values in one place."""
    leaf = draft.leaf
    plain = ((C, "FR"), (ST, "Paris (75)"), (ORG, "DEMO"), (OU, UNIT))
    pair = der(SET, *(der(SEQUENCE, oid(CN), der(UTF8, text)) for text in (b"A", b"B")))
    kinds = {
        "empty": der(SEQUENCE),
        "no-name": name(*plain),
        "no-unit": name((C, "FR"), (ORG, "DEMO"), (CN, "DEMO_CLIENT")),
        "wrong-unit": name((C, "FR"), (OU, "9123"), (CN, "DEMO_CLIENT")),
        "nul": name(*plain, (CN, "demo\0evil")),
        "newline": name(*plain, (CN, "demo\nevil")),
        "printable": name(*plain, (CN, "DEMO"), tag=PRINTABLE),
        "bmp": name(*plain, (CN, "DEMO"), tag=BMP),
        "two-in-one": der(SEQUENCE, pair),
        "blank": name(*plain, (CN, " ")),
        "two-names": name(*plain, (CN, "A"), (CN, "B")),
        "long": name(*plain, (CN, "A" * 200)),
        "bad-utf8": der(SEQUENCE, der(SET, der(SEQUENCE, oid(CN), der(UTF8, b"\xff\xfe")))),
        "country-of-three": name((C, "FRA"), (OU, UNIT), (CN, "DEMO")),
    }
    kind = draft.random.choice(list(kinds))
    leaf.subject = kinds[kind]
    if kind == "empty" and draft.random.random() < 0.5:
        leaf.put(ALTERNATIVE, x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        return "subject-empty-with-other-name"
    return f"subject-{kind}"


def alternative_names(draft: ChainDraft) -> str:
    """Odd ones."""
    kinds: dict[str, bytes] = {
        "empty": der(SEQUENCE),
        "nul": der(SEQUENCE, der(0x82, b"local\0host")),
        "mail": x509.SubjectAlternativeName([x509.RFC822Name("a@example.org")]).public_bytes(),
        "wildcard": x509.SubjectAlternativeName([x509.DNSName("*.example.org")]).public_bytes(),
        "address": der(SEQUENCE, der(0x87, bytes([127, 0, 0, 1]))),
        "bad-address": der(SEQUENCE, der(0x87, bytes([127, 0, 0]))),
        "not-ascii": der(SEQUENCE, der(0x82, "hôte".encode())),
    }
    kind = draft.random.choice(list(kinds))
    draft.leaf.put(ALTERNATIVE, kinds[kind], critical=draft.random.random() < 0.3)
    return f"names-{kind}"


def versions(draft: ChainDraft) -> str:
    """Version 1 or 2, or one that there is not; unique identifiers."""
    kind = draft.random.choice(["v1", "v1-bare", "v2", "v5", "unique-id"])
    leaf = draft.leaf
    if kind == "unique-id":
        leaf.unique_ids = der(0x81, b"\0", b"abc")
    elif kind.startswith("v1"):
        leaf.version = None
        if kind == "v1-bare":
            leaf.extensions = []
    else:
        leaf.version = {"v2": 1, "v5": 4}[kind]
    return f"version-{kind}"


def encodings(draft: ChainDraft) -> str:
    """What is no DER: something behind it, too little of it, a length in more bytes than it needs."""
    kind = draft.random.choice(["trailing", "cut", "long-length", "indefinite"])
    draft.leaf.spoil = {
        "trailing": lambda data: data + b"\0\0",
        "cut": lambda data: data[:-3],
        "long-length": lambda data: data[:1] + b"\x83\0" + data[2:4] + data[4:],
        "indefinite": lambda data: data[:1] + b"\x80" + data[4:] + b"\0\0",
    }[kind]
    return f"encoding-{kind}"


def bad_extension(draft: ChainDraft) -> str:
    """A known extension with a value that is none."""
    one, dotted = some(draft), draft.random.choice([BASIC, KEY_USAGE, EXTENDED, ALTERNATIVE, POLICIES, AKI, SKI])
    value = draft.random.choice([b"", b"\x05\x00", b"\x30\x03\x02\x01"])
    one.put(dotted, value, critical=draft.random.random() < 0.5)
    return f"bad-{dotted}:{called(draft, one)}"


def later(draft: ChainDraft) -> str:
    """Another moment: years hence, leap days, the turn of a century."""
    days = draft.random.choice([400, -400, 364, -1, 365, None])
    draft.at = datetime(2028, 2, 29, tzinfo=UTC) if days is None else NOW + days * DAY
    return f"at-{draft.at:%Y-%m-%d}"


def nothing(draft: ChainDraft) -> str:
    """The control: it must be accepted by everybody."""
    del draft
    return "good"
