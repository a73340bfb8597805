"""Officers' keys and the file that pins them."""

import json

import pytest
from joserfc.jwk import OKPKey

from whitelist.errors import OfficerError
from whitelist.officers import Officer, OfficerKey, OfficerTrust


def test_the_trust_file_reads_back_equal(key, second_key):
    trust = OfficerTrust("test", 2, (key.officer, second_key.officer))

    assert OfficerTrust.from_json(trust.to_json()) == trust


def test_the_trust_file_holds_no_private_key(key, trust):
    assert key.private.as_dict(private=True)["d"] not in trust.to_json().decode()


def test_a_private_key_reads_back_and_is_not_shown(key):
    again = OfficerKey.from_json("officer-1", key.to_json())

    assert again.officer == key.officer
    assert "private" not in repr(key)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0},
        {"threshold": 2},
        {"threshold": "1"},
        {"officers": []},
        {"environment": "Test"},
        {"admin": True},
        {"officers": [{"name": "officer-1", "kid": "x", "x": "AA"}]},
    ],
    ids=str,
)
def test_a_trust_file_that_contradicts_itself_is_refused(trust, change):
    file = {**json.loads(trust.to_json()), **change}

    with pytest.raises(OfficerError):
        OfficerTrust.from_json(json.dumps(file).encode())


def test_a_kid_that_is_not_the_keys_thumbprint_is_refused(trust, second_key):
    file = json.loads(trust.to_json())
    file["officers"][0]["kid"] = second_key.officer.kid

    with pytest.raises(OfficerError, match="thumbprint"):
        OfficerTrust.from_json(json.dumps(file).encode())


def test_halves_of_two_keys_are_no_key(key, second_key):
    mixed = {**json.loads(key.to_json()), "d": json.loads(second_key.to_json())["d"]}

    with pytest.raises(OfficerError, match="belong together"):
        OfficerKey.from_json("officer-1", json.dumps(mixed).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b'{"kty":"OKP","crv":"X25519","x":"AA","d":"AA"}', b"\xff"])
def test_a_damaged_private_key_is_refused(data):
    with pytest.raises(OfficerError):
        OfficerKey.from_json("officer-1", data)


@pytest.mark.parametrize("name", ["", "Officer", "../x", "o\n", "оfficer"])
def test_an_officers_name_is_plain_ascii(key, name):
    with pytest.raises(OfficerError, match="name"):
        Officer(name, key.officer.x)


def test_a_key_on_another_curve_is_no_officers_key():
    jwk = OKPKey.generate_key("X25519").as_dict(private=True)

    with pytest.raises(OfficerError, match="Ed25519"):
        OfficerKey.from_json("officer-1", json.dumps(jwk).encode())
