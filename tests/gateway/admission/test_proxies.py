"""The file of pinned proxies: read whole, or the gateway does not start."""

import json

import pytest

from gateway.admission.proxies import MAX_PROXIES, PinnedProxies, read_proxies
from gateway.errors import ProxiesError

KEY, OTHER = "a" * 64, "b" * 64


def document(*proxies, **changes) -> str:
    return json.dumps({"format": 1, "proxies": [{"name": name, "key": key} for name, key in proxies]} | changes)


def test_without_a_file_nobody_speaks_for_others():
    assert len(read_proxies(None)) == 0
    assert PinnedProxies().find(None) is None


def test_each_proxy_has_a_name_and_a_key(tmp_path):
    path = tmp_path / "proxies.json"
    path.write_text(document(("haproxy-1", KEY), ("haproxy-2", OTHER)))
    assert len(read_proxies(path)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        document(),
        document(("haproxy", KEY), ("haproxy", OTHER)),
        document(("one", KEY), ("two", KEY)),
        document(("haproxy", KEY.upper())),
        document(("haproxy", KEY[1:])),
        document(("", KEY)),
        document(("Ha Proxy", KEY)),
        document(("haproxy", KEY), format=2),
        document(("haproxy", KEY), everybody=True),
        document(*((f"p-{number}", f"{number:064x}") for number in range(MAX_PROXIES + 1))),
        document(*((f"p-{number}", f"{number:064x}") for number in range(1500))),
    ],
)
def test_a_file_that_is_not_one_keeps_the_gateway_from_starting(tmp_path, text):
    path = tmp_path / "proxies.json"
    path.write_text(text)
    with pytest.raises(ProxiesError):
        read_proxies(path)


def test_a_missing_file_keeps_the_gateway_from_starting(tmp_path):
    with pytest.raises(ProxiesError, match="cannot be read"):
        read_proxies(tmp_path / "none.json")
