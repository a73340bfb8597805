"""Certificate chains of any kind, most of them bad: encoded by hand, for no library makes what must be refused."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs.names import DistinguishedName
from certs.profiles import DEMONSTRATION, ORG_AUTH_CLI, PERSONNES, SERV_SSL, Domain, Profile, Purpose
from certs.usages import AUTHORITY_USES, KeyUse, extended_usage_extension, key_usage_extension

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEQUENCE, SET, INTEGER, BIT_STRING, OCTETS, OID, BOOLEAN, NULL = 0x30, 0x31, 2, 3, 4, 6, 1, 5
UTC_TIME, GENERALIZED_TIME, UTF8, PRINTABLE, BMP = 0x17, 0x18, 0x0C, 0x13, 0x1E
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

BASIC, KEY_USAGE, EXTENDED, ALTERNATIVE = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"
POLICIES, SKI, AKI, CONSTRAINTS = "2.5.29.32", "2.5.29.14", "2.5.29.35", "2.5.29.30"
POLICY_CONSTRAINTS, INHIBIT_ANY, PRIVATE = "2.5.29.36", "2.5.29.54", "1.2.250.1.71.1.2.5"
PROFILE_OF = {Purpose.CLIENT: ORG_AUTH_CLI, Purpose.SERVER: SERV_SSL, Purpose.PERSON: PERSONNES}


def der(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 128 | len(length)]) + length + content


def integer(value: int) -> bytes:
    """An INTEGER, of any sign."""
    return der(INTEGER, value.to_bytes((value.bit_length() // 8) + 1, signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 127]
        while arc := arc >> 7:
            groups.append(128 | arc & 127)
        octets += bytes(reversed(groups))
    return der(OID, bytes(octets))


def name(*attributes: tuple[str, str], tag: int = UTF8) -> bytes:
    """A Name: (dotted OID, value) in the order of the encoding."""
    encoded = {BMP: "utf-16-be"}.get(tag, "utf-8")
    return der(
        SEQUENCE,
        *(der(SET, der(SEQUENCE, oid(dotted), der(tag, value.encode(encoded)))) for dotted, value in attributes),
    )


def moment(at: datetime, form: int | None = None) -> bytes:
    """A Time, of the form that RFC 5280 demands unless told."""
    if form is None:
        form = UTC_TIME if at.year < 2050 else GENERALIZED_TIME
    return der(form, at.strftime("%y%m%d%H%M%SZ" if form == UTC_TIME else "%Y%m%d%H%M%SZ").encode())


@dataclass(slots=True)
class Extension:
    """One extension; ``value`` is DER, or not."""

    oid: str
    value: bytes
    critical: bool = False

    def encoded(self) -> bytes:
        """As it stands in a certificate."""
        return der(SEQUENCE, oid(self.oid), der(BOOLEAN, b"\xff") if self.critical else b"", der(OCTETS, self.value))


@dataclass(eq=False)
class Draft:
    """What a certificate shall say, to be changed until it is encoded. ``by`` ``None`` is itself."""

    subject: bytes
    key: Key
    by: "Draft | None"
    not_before: datetime
    not_after: datetime
    serial: int
    extensions: list[Extension] = field(default_factory=list)
    hash: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    version: int | None = 2
    issuer: bytes | None = None
    signer: Key | None = None
    outer: bytes | None = None
    times: tuple[bytes, bytes] | None = None
    unique_ids: bytes = b""
    spoil: Callable[[bytes], bytes] | None = None

    def get(self, dotted: str) -> Extension | None:
        """The first extension of that OID."""
        return next((extension for extension in self.extensions if extension.oid == dotted), None)

    def drop(self, dotted: str) -> None:
        """Leave an extension out."""
        self.extensions = [extension for extension in self.extensions if extension.oid != dotted]

    def put(self, dotted: str, value: x509.ExtensionType | bytes, *, critical: bool = False) -> None:
        """Put an extension in the place of what there is of it."""
        self.drop(dotted)
        data = value if isinstance(value, bytes) else value.public_bytes()
        self.extensions.append(Extension(dotted, data, critical))

    @cached_property
    def encoded(self) -> bytes:
        """The certificate. Nothing is changed any more after this."""
        issuer = self.by if self.by is not None else self
        key = self.signer if self.signer is not None else issuer.key
        algorithm = algorithm_of(key, self.hash)
        times = self.times or (moment(self.not_before), moment(self.not_after))
        body = der(
            SEQUENCE,
            der(0xA0, integer(self.version)) if self.version is not None else b"",
            integer(self.serial),
            algorithm,
            self.issuer if self.issuer is not None else issuer.subject,
            der(SEQUENCE, *times),
            self.subject,
            self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            self.unique_ids,
            der(0xA3, der(SEQUENCE, *(extension.encoded() for extension in self.extensions)))
            if self.extensions
            else b"",
        )
        signature = signed(key, body, self.hash)
        whole = der(SEQUENCE, body, self.outer or algorithm, der(BIT_STRING, b"\0", signature))
        return whole if self.spoil is None else self.spoil(whole)


def algorithm_of(key: Key, algorithm: hashes.HashAlgorithm) -> bytes:
    """The AlgorithmIdentifier of a signature."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return der(SEQUENCE, oid("1.3.101.112"))
    if isinstance(key, rsa.RSAPrivateKey):
        last = {"sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13}[algorithm.name]
        return der(SEQUENCE, oid(f"1.2.840.113549.1.1.{last}"), der(NULL))
    tail = {"sha1": "1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}[algorithm.name]
    return der(SEQUENCE, oid(f"1.2.840.10045.4.{tail}"))


def signed(key: Key, data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """A signature over ``data``."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm)
    return key.sign(data, ec.ECDSA(algorithm))


class KeyPool:
    """A few keys of each kind, made once: who signs with which is what varies, and making them takes long."""

    def __init__(self) -> None:
        self.strong = [ec.generate_private_key(ec.SECP256R1()) for _ in range(8)]
        self.others = [ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP521R1())]
        self.rsa = [rsa.generate_private_key(65537, 2048) for _ in range(3)]
        self.short_rsa = rsa.generate_private_key(65537, 1024)
        self.odd_curve = ec.generate_private_key(ec.SECP256K1())
        self.short_curve = ec.generate_private_key(ec.SECP224R1())
        self.edwards = ed25519.Ed25519PrivateKey.generate()

    def distinct(self, random: Random, count: int) -> list[Key]:
        """So many keys, no two the same; mostly P-256."""
        keys: list[Key] = random.sample(self.strong, count)
        if random.random() < 0.15:
            keys[random.randrange(count)] = random.choice(self.rsa)
        if random.random() < 0.1:
            keys[random.randrange(count)] = random.choice(self.others)
        return keys


@dataclass(eq=False)
class ChainDraft:
    """A chain to be changed: ``trusted`` goes into the trust file, ``sent`` comes along with the leaf."""

    random: Random
    pool: KeyPool
    root: Draft
    between: Draft
    leaf: Draft
    purpose: Purpose
    at: datetime = NOW
    trusted: list[Draft] = field(default_factory=list)
    sent: list[Draft] = field(default_factory=list)
    spare: list[Key] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def profile(self) -> Profile:
        """What the leaf is to be."""
        return PROFILE_OF[self.purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain as verifiers get it, all DER. ``told`` are the changes that made it."""

    told: tuple[str, ...]
    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    leaf: bytes
    sent: tuple[bytes, ...]
    purpose: Purpose
    at: datetime


def good_chain(random: Random, pool: KeyPool) -> ChainDraft:
    """Root, intermediate, leaf in the shape of the demonstration, for a purpose at random."""
    purpose = random.choice([Purpose.CLIENT, Purpose.CLIENT, Purpose.SERVER, Purpose.PERSON])
    profile = PROFILE_OF[purpose]
    top, middle, end, *spare = pool.distinct(random, 6)
    root = authority(random, encoded(DEMONSTRATION.root), top, None, path_length=1)
    between = authority(random, encoded(DEMONSTRATION.intermediates[profile.domain]), middle, root, path_length=0)
    leaf = Draft(
        subject=encoded(DistinguishedName.parse("CN=DEMO_CLIENT,OU=300000201400017,O=DEMO,ST=Rhône (69),C=FR")),
        key=end,
        by=between,
        not_before=NOW - DAY,
        not_after=NOW + 365 * DAY,
        serial=random.getrandbits(127) | 1,
    )
    uses = profile.key_uses if isinstance(end, rsa.RSAPrivateKey) else profile.key_uses - {KeyUse.KEY_ENCIPHERMENT}
    policy = x509.PolicyInformation(x509.ObjectIdentifier(DEMONSTRATION.policies[Domain.ORGANISATIONS]), None)
    leaf.put(BASIC, x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf.put(KEY_USAGE, key_usage_extension(uses), critical=True)
    leaf.put(EXTENDED, extended_usage_extension(profile.extended_uses))
    leaf.put(POLICIES, x509.CertificatePolicies([policy]))
    if purpose is Purpose.SERVER or random.random() < 0.3:
        leaf.put(ALTERNATIVE, x509.SubjectAlternativeName([x509.DNSName("localhost")]))
    identify(leaf)
    return ChainDraft(random, pool, root, between, leaf, purpose, trusted=[root, between], spare=spare)


def authority(random: Random, subject: bytes, key: Key, by: Draft | None, *, path_length: int | None) -> Draft:
    """A CA that holds."""
    made = Draft(
        subject=subject,
        key=key,
        by=by,
        not_before=NOW - 100 * DAY,
        not_after=NOW + 7000 * DAY,
        serial=random.getrandbits(127) | 1,
    )
    made.put(BASIC, x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    made.put(KEY_USAGE, key_usage_extension(AUTHORITY_USES), critical=True)
    identify(made)
    return made


def identify(draft: Draft) -> None:
    """Subject and authority key identifiers."""
    issuer = draft.by if draft.by is not None else draft
    draft.put(SKI, x509.SubjectKeyIdentifier.from_public_key(draft.key.public_key()))
    draft.put(AKI, x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()))


def encoded(dn: DistinguishedName) -> bytes:
    """The DER of a name."""
    return dn.to_name().public_bytes()


def finished(draft: ChainDraft) -> Chain:
    """Encode everything. A trusted certificate whose subject is its issuer is a root to whoever asks for roots."""
    roots = [one for one in draft.trusted if one.by is None and one.issuer in (None, one.subject)]
    between = [one for one in draft.trusted if one not in roots]
    return Chain(
        told=tuple(draft.told),
        roots=tuple(one.encoded for one in roots),
        intermediates=tuple(one.encoded for one in between),
        leaf=draft.leaf.encoded,
        sent=tuple(one.encoded for one in draft.sent),
        purpose=draft.purpose,
        at=draft.at,
    )


def to_pem(*certificates: bytes) -> bytes:
    """PEM, without asking whether they can be read."""
    blocks = []
    for one in certificates:
        text = base64.encodebytes(one).replace(b"\n", b"")
        lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        blocks.append(b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n")
    return b"".join(blocks)


def some(draft: ChainDraft) -> Draft:
    """One of the three, the leaf most often."""
    return draft.random.choice([draft.leaf, draft.leaf, draft.leaf, draft.between, draft.between, draft.root])


def called(draft: ChainDraft, one: Draft) -> str:
    """Which of the three it is."""
    return {id(draft.leaf): "leaf", id(draft.between): "between", id(draft.root): "root"}.get(id(one), "other")
