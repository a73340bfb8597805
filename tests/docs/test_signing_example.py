"""The example of docs/integration.md that signs a VIHF, run as it stands."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlsec
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from certs.keys import key_to_pem
from certs.xml_signature import verify_signature
from ror.assertion import Assertion, read_assertion
from ror.vihf import Vihf, write_vihf
from ror.xml_parser import REQUEST_LIMITS, parse
from tests.support.documents import read
from tests.support.vihf_attacks import spki


def test_what_the_example_signs_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(assertion = .*?)```", read("docs/integration.md").text, re.DOTALL)
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key.pem").write_bytes(key_to_pem(key))
    monkeypatch.chdir(tmp_path)
    vihf = Vihf("CN=A,O=B,C=FR", "1690989991/12", "Régulation", "CU22")
    security = etree.fromstring(write_vihf(vihf, at=datetime.now(UTC), assertion_id="_1"))

    exec(code, {"security": security, "xmlsec": xmlsec})

    received = read_assertion(parse(etree.tostring(security), REQUEST_LIMITS))
    assert received.is_signed
    assert isinstance(verify_signature(received, spki(key)), Assertion)
