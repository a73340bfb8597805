"""Keys of logs and witnesses: their texts, and what is refused."""

import base64
import json

import pytest

from certs.audit.keys import KeyUse, PrivateKey, PublicKey
from certs.errors import KeyMaterialError


@pytest.fixture(params=list(KeyUse))
def key(request):
    return PrivateKey.generate("passerelle.test/audit/1", request.param)


def test_a_key_comes_back_from_its_texts(key):
    again = PrivateKey.from_json(key.to_json())
    assert again.public == key.public == PublicKey.read(f"{key.public.text}\n")
    assert key.public.verifies(b"m", again.sign(b"m"))
    assert not key.public.verifies(b"n", again.sign(b"m"))


def test_the_private_half_shows_in_no_representation(key):
    assert json.loads(key.to_json())["seed"] not in repr(key)


def test_a_key_made_elsewhere_is_read():
    """The public key of the Go checksum database: the same form, from another implementation."""
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert PublicKey.read(text).key_id.hex() == "033de0ae"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("passerelle", "passerelLe"),
        lambda text: text.replace("passerelle", "autre"),
        lambda text: text[:-4],
        lambda text: text.replace("+", " "),
        lambda text: "",
        lambda text: "a+b",
        lambda text: "+" * 10,
        lambda text: text.rpartition("+")[0] + "+" + base64.b64encode(bytes([9]) * 33).decode(),
        lambda text: text.rpartition("+")[0] + "+é",
    ],
)
def test_a_damaged_public_key_is_refused(key, damage):
    with pytest.raises(KeyMaterialError):
        PublicKey.read(damage(key.public.text))


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"name":"a","use":1,"public":"x","seed":"AA=="}', b"[" * 100_000],
)
def test_a_damaged_private_key_is_refused(data):
    with pytest.raises(KeyMaterialError):
        PrivateKey.from_json(data)


def test_two_halves_that_do_not_belong_together_are_refused(key):
    other = json.loads(PrivateKey.generate(key.public.name, key.public.use).to_json())
    mixed = json.loads(key.to_json()) | {"seed": other["seed"]}
    with pytest.raises(KeyMaterialError):
        PrivateKey.from_json(json.dumps(mixed).encode())
