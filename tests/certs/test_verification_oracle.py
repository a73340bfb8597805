"""``openssl verify`` as a second opinion: whatever we accept, it accepts; what it refuses, we refuse."""

import itertools
import subprocess
from datetime import timedelta

import pytest

from certs.keys import key_to_pem
from certs.profiles import Purpose
from certs.reasons import Reason
from certs.usages import ExtendedUse
from certs.verification import verify

_PURPOSES = {Purpose.CLIENT: "sslclient", Purpose.SERVER: "sslserver", Purpose.PERSON: "sslclient"}


@pytest.fixture
def theirs(openssl, tmp_path, pki):
    """Asks openssl whether the leaf serves the purpose at the moment; its words when it does not."""
    roots, between = tmp_path / "roots.pem", tmp_path / "between.pem"
    roots.write_bytes(pki.root.pem)
    between.write_bytes(pki.organisations.pem + pki.personnes.pem)

    def ask(issued, purpose, at) -> str | None:
        leaf = tmp_path / "leaf.pem"
        leaf.write_bytes(issued.certificate_pem)
        options = ["-CAfile", roots, "-untrusted", between, "-purpose", _PURPOSES[purpose], "-x509_strict"]
        command = [
            openssl,
            "verify",
            "-no-CApath",
            "-no-CAstore",
            *options,
            "-attime",
            str(int(at.timestamp())),
            leaf,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        return None if done.returncode == 0 else done.stderr

    return ask


def test_both_refuse_for_the_same_reason(pki, theirs):
    other = pki.new_intermediate(pki.new_root())
    cases = [
        (pki.client(), None, None),
        (pki.client(not_after=pki.now - timedelta(seconds=1)), Reason.EXPIRED, "certificate has expired"),
        (pki.client(not_before=pki.now.replace(hour=13)), Reason.NOT_YET_VALID, "certificate is not yet valid"),
        (pki.client(by=other), Reason.UNTRUSTED, "signature failure|unable to get local issuer"),
        (
            pki.client(extended_uses=frozenset({ExtendedUse.SERVER_AUTH})),
            Reason.WRONG_USAGE,
            "unsuitable certificate purpose|unsupported certificate purpose",
        ),
    ]
    for issued, reason, words in cases:
        verdict = verify(issued.chain, pki.trust, Purpose.CLIENT, pki.now)
        answer = theirs(issued, Purpose.CLIENT, pki.now)
        assert verdict.reason is reason
        if words is None:
            assert answer is None
        else:
            assert answer is not None
            assert any(word in answer for word in words.split("|")), answer


def test_whatever_we_accept_openssl_accepts(pki, theirs):
    leaves = [
        pki.client(),
        pki.server(),
        pki.person(),
        pki.client(ca=True),
        pki.client(extended_uses=frozenset()),
        pki.client(by=pki.root),
    ]
    days = (-2, 0, 364, 366)
    accepted = 0
    for issued, purpose, day in itertools.product(leaves, Purpose, days):
        at = pki.now + timedelta(days=day)
        if verify([issued.der], pki.trust, purpose, at).ok:
            accepted += 1
            assert theirs(issued, purpose, at) is None
    assert accepted == 3 * 2


def test_a_sha1_signature_is_told_to_be_weak(pki, openssl, tmp_path):
    """The library that issues for us cannot sign with SHA-1 any more, so openssl does."""
    (tmp_path / "ca.pem").write_bytes(pki.organisations.pem)
    (tmp_path / "ca.key").write_bytes(key_to_pem(pki.organisations.key))
    (tmp_path / "extensions").write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n")
    request = "req -newkey rsa:2048 -nodes -keyout leaf.key -out request -subj /C=FR/O=DEMO/CN=SHA1"
    sign = "x509 -req -in request -CA ca.pem -CAkey ca.key -sha1 -days 9 -extfile extensions -outform DER -out leaf"
    for command in (request, sign):
        subprocess.run([openssl, *command.split()], cwd=tmp_path, capture_output=True, check=True, timeout=20)
    verdict = verify([(tmp_path / "leaf").read_bytes()], pki.trust, Purpose.CLIENT, pki.now)
    assert verdict.reason is Reason.WEAK
    assert verdict.detail == "signature with sha1"
