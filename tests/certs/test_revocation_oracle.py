"""A second opinion on revocation: openssl reads our lists, we read its lists and answers, and the verdicts agree."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from certs.keys import KeyKind, key_to_pem
from certs.profiles import Purpose
from certs.revocation.certificate_list import CertificateList, read_list
from certs.revocation.checking import Status, check
from certs.revocation.ocsp import OcspStatus, build_request
from certs.revocation.ocsp_reading import Circumstances, read_answer
from certs.revocation.policy import STRICT
from certs.revocation.revoked import RevocationReason
from certs.revocation.state import RevocationState
from certs.verification import verify
from tests.support.revocation import DAY, HOUR, OCSP_SIGNING, asked_about, list_of, read, responder_of, serial_of

_REASONS = {
    "keyCompromise": RevocationReason.KEY_COMPROMISE,
    "certificateHold": RevocationReason.HOLD,
    "superseded": RevocationReason.SUPERSEDED,
    "cessationOfOperation": RevocationReason.CESSATION,
    "": RevocationReason.UNSPECIFIED,
}


@pytest.fixture
def run(openssl, tmp_path):
    """Runs openssl in the folder of the test; its words when it refuses, ``None`` when it agrees."""

    def invoke(*arguments, check=False) -> str | None:
        command = [openssl, *(str(argument) for argument in arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20)
        if check:
            assert done.returncode == 0, done.stderr
            return done.stdout + done.stderr
        return None if done.returncode == 0 else done.stdout + done.stderr

    return invoke


@pytest.fixture
def authorities(tmp_path, pki):
    (tmp_path / "roots.pem").write_bytes(pki.root.pem)
    (tmp_path / "between.pem").write_bytes(pki.organisations.pem + pki.personnes.pem)
    (tmp_path / "all.pem").write_bytes(pki.trust.to_pem())


@pytest.mark.parametrize("kind", list(KeyKind))
def test_openssl_reads_and_verifies_the_lists_that_we_make(run, tmp_path, pki, kind):
    root = pki.new_root(key_kind=kind)
    (tmp_path / "root.pem").write_bytes(root.pem)
    (tmp_path / "list.crl").write_bytes(list_of(pki, 0xABCDEF, by=root, number=77))
    ask = ("crl", "-inform", "DER", "-in", "list.crl", "-CAfile", "root.pem", "-noout", "-text")
    text = run(*ask, check=True)
    assert "verify OK" in text
    assert "Serial Number: ABCDEF" in text
    assert "Key Compromise" in text
    assert re.search(r"X509v3 CRL Number:\s+77\b", text)
    (tmp_path / "root.pem").write_bytes(pki.new_root(key_kind=kind).pem)
    assert "verify failure" in run(*ask, check=True)


def cases(pki, leaf):
    ours, root = {"next_update": pki.now + DAY}, {"by": pki.root, "next_update": pki.now + 9 * DAY}
    serial, above = serial_of(leaf), pki.organisations.certificate.serial_number
    yield "good", [list_of(pki, **ours), list_of(pki, **root)], None
    yield "others", [list_of(pki, serial + 1, **ours), list_of(pki, **root)], None
    yield "revoked", [list_of(pki, serial, **ours), list_of(pki, **root)], "certificate revoked"
    yield "hold", [list_of(pki, serial, reason=RevocationReason.HOLD), list_of(pki, **root)], "certificate revoked"
    yield "authority", [list_of(pki, **ours), list_of(pki, above, **root)], "certificate revoked"
    yield "overdue", [list_of(pki, next_update=pki.now - HOUR / 2), list_of(pki, **root)], "CRL has expired"
    yield "missing", [list_of(pki, **root)], "unable to get certificate CRL"
    yield "no-root", [list_of(pki, **ours)], "unable to get certificate CRL"
    yield "other-signer", [list_of(pki, by=pki.personnes), list_of(pki, **root)], "unable to get certificate CRL"


def test_both_judge_alike(run, tmp_path, pki, authorities):
    leaf = pki.client()
    verdict = verify(leaf.chain, pki.trust, Purpose.CLIENT, pki.now)
    (tmp_path / "leaf.pem").write_bytes(leaf.certificate_pem)
    for name, lists, words in cases(pki, leaf):
        options: list[str] = []
        state = RevocationState()
        for index, data in enumerate(lists):
            state = state.with_list(read(pki, data))
            (tmp_path / f"{index}.crl").write_bytes(data)
            run("crl", "-inform", "DER", "-in", f"{index}.crl", "-out", f"{index}.pem", check=True)
            options += ["-CRLfile", f"{index}.pem"]
        theirs = run(
            "verify", "-no-CApath", "-no-CAstore", "-crl_check_all", *options, "-CAfile", "roots.pem",
            "-untrusted", "between.pem", "-attime", int(pki.now.timestamp()), "leaf.pem",
        )  # fmt: skip
        found = check(verdict, state, STRICT, pki.now)
        assert found.allowed == (theirs is None), name
        if words is None:
            assert found.status is Status.GOOD, name
        else:
            assert words in theirs, name
            assert (found.status is Status.REVOKED) == (words == "certificate revoked"), name


def openssl_authority(tmp_path, pki, revoked):
    """The files with which openssl plays our authority: its index of certificates, and its settings."""
    lines = []
    for leaf, reason in revoked:
        expires = "301231235959Z"
        serial = f"{serial_of(leaf):X}"
        serial = serial.zfill(len(serial) + len(serial) % 2)
        if reason is None:
            lines.append(f"V\t{expires}\t\t{serial}\tunknown\t/CN=x")
        else:
            since = pki.now.strftime("%y%m%d%H%M%SZ") + (f",{reason}" if reason else "")
            lines.append(f"R\t{expires}\t{since}\t{serial}\tunknown\t/CN=x")
    (tmp_path / "index.txt").write_text("".join(f"{line}\n" for line in lines))
    (tmp_path / "number").write_text("1F\n")
    (tmp_path / "ca.pem").write_bytes(pki.organisations.pem)
    (tmp_path / "ca.key").write_bytes(key_to_pem(pki.organisations.key))
    (tmp_path / "settings").write_text(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ncrlnumber=number\ncertificate=ca.pem\nprivate_key=ca.key\n"
        "default_md=sha256\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n"
    )


def test_we_read_the_lists_that_openssl_makes(run, tmp_path, present_pki):
    pki = present_pki
    leaves = [(pki.client(), reason) for reason in _REASONS]
    openssl_authority(tmp_path, pki, leaves)
    run("ca", "-config", "settings", "-gencrl", "-out", "list.pem", check=True)
    listed = read_list((tmp_path / "list.pem").read_bytes(), pki.trust, now=datetime.now(UTC))
    assert isinstance(listed, CertificateList)
    assert listed.number == 0x1F
    assert {serial_of(leaf): _REASONS[reason] for leaf, reason in leaves} == {
        serial: listed.revoked.get(serial).reason for serial in listed.revoked
    }


@pytest.mark.parametrize("delegated", [False, True], ids=["authority", "delegated"])
def test_openssl_answers_our_questions_and_we_believe_the_right_ones(run, tmp_path, present_pki, delegated):
    pki = present_pki
    good, revoked, stranger = pki.client(), pki.client(), pki.client()
    openssl_authority(tmp_path, pki, [(good, None), (revoked, "keyCompromise")])
    signer, key = "ca.pem", "ca.key"
    if delegated:
        responder = responder_of(pki, extended_uses=OCSP_SIGNING)
        signer, key = "responder.pem", "responder.key"
        (tmp_path / signer).write_bytes(responder.certificate_pem)
        (tmp_path / key).write_bytes(responder.key_pem)
    expected = {
        good: OcspStatus.GOOD,
        revoked: OcspStatus.REVOKED,
        stranger: OcspStatus.UNKNOWN,
    }
    now = datetime.now(UTC) + timedelta(seconds=1)
    for leaf, status in expected.items():
        (tmp_path / "request").write_bytes(build_request(asked_about(pki, leaf), nonce=b"n" * 16))
        run(
            "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", signer, "-rkey", key, "-ndays", "1",
            "-reqin", "request", "-respout", "answer", check=True,
        )  # fmt: skip
        data = (tmp_path / "answer").read_bytes()
        answer = read_answer(data, asked_about(pki, leaf), Circumstances(now=now, nonce=b"n" * 16))
        assert getattr(answer, "status", answer) is status
        if status is OcspStatus.REVOKED:
            assert answer.revocation.reason is RevocationReason.KEY_COMPROMISE


def test_openssl_believes_a_responder_exactly_when_we_do(run, tmp_path, present_pki):
    pki = present_pki
    leaf = pki.client()
    openssl_authority(tmp_path, pki, [(leaf, None)])
    (tmp_path / "roots.pem").write_bytes(pki.root.pem + pki.organisations.pem)
    (tmp_path / "leaf.pem").write_bytes(leaf.certificate_pem)
    (tmp_path / "request").write_bytes(build_request(asked_about(pki, leaf)))
    now = datetime.now(UTC) + timedelta(seconds=1)
    responders = {
        True: responder_of(pki),
        False: responder_of(pki, extended_uses=frozenset({"1.3.6.1.5.5.7.3.2"})),
    }
    for believed, responder in responders.items():
        (tmp_path / "responder.pem").write_bytes(responder.certificate_pem)
        (tmp_path / "responder.key").write_bytes(responder.key_pem)
        run(
            "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key",
            "-ndays", "1", "-reqin", "request", "-respout", "answer", check=True,
        )  # fmt: skip
        theirs = run(
            "ocsp", "-respin", "answer", "-no_nonce", "-issuer", "ca.pem", "-cert", "leaf.pem",
            "-CAfile", "roots.pem",
        )  # fmt: skip
        data = (tmp_path / "answer").read_bytes()
        answer = read_answer(data, asked_about(pki, leaf), Circumstances(now=now))
        assert (getattr(answer, "status", None) is OcspStatus.GOOD) == believed
        assert (theirs is None) == believed, theirs
