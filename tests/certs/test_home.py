"""The state folder: where it is, what is in it, that nothing leaves it."""

from pathlib import Path

import pytest

from certs.errors import HomeError
from certs.home import Home


def test_an_option_comes_before_the_variable_and_that_before_the_users_folder(tmp_path):
    environ = {"ROR_HOME": "/from/variable", "XDG_STATE_HOME": "/state", "HOME": "/home/a"}
    assert Home.resolve(tmp_path, environ).root == tmp_path
    assert Home.resolve(None, environ).root == Path("/from/variable")
    assert Home.resolve(None, environ | {"ROR_HOME": ""}).root == Path("/state/inter-ror")
    assert Home.resolve(None, {"HOME": "/home/a"}).root == Path("/home/a/.local/state/inter-ror")


def test_a_relative_xdg_folder_is_ignored_as_its_specification_asks():
    assert Home.resolve(None, {"XDG_STATE_HOME": "state", "HOME": "/h"}).root == Path("/h/.local/state/inter-ror")


def test_a_relative_option_is_made_absolute():
    assert Home.resolve(Path("here"), {}).root == Path.cwd() / "here"


def test_without_any_folder_it_says_what_to_set():
    with pytest.raises(HomeError, match="ROR_HOME"):
        Home.resolve(None, {})


def test_the_layout_is_the_documented_one():
    home = Home(Path("/h"))
    assert home.trust == Path("/h/pki/trust.pem")
    assert home.authority("root").certificate == Path("/h/pki/ca/root.pem")
    assert home.authority("root").key == Path("/h/pki/ca/root.key")
    assert home.leaf("node-ara").certificate == Path("/h/pki/leaves/node-ara/cert.pem")
    assert home.leaf("node-ara").key == Path("/h/pki/leaves/node-ara/key.pem")
    assert home.leaf("node-ara").chain == Path("/h/pki/leaves/node-ara/chain.pem")
    assert home.leaf("node-ara").folder == Path("/h/pki/leaves/node-ara")
    assert home.whitelist_published == Path("/h/whitelist/whitelist.jws")
    assert home.whitelist_draft == Path("/h/whitelist/draft.json")
    assert home.whitelist_version(7) == Path("/h/whitelist/history/7.jws")
    assert home.officer_key("officer-1") == Path("/h/whitelist/officers/officer-1.json")
    assert home.nodes_directory == Path("/h/nodes/directory.json")
    assert home.node_store("ara") == Path("/h/nodes/ara/store.sqlite")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "/etc", "A", "é", "a\n", "-a", "a-", "a.b", "x" * 65])
def test_a_name_that_could_leave_the_folder_is_refused(name):
    home = Home(Path("/h"))
    for path_of in (home.leaf, home.authority, home.officer_key, home.node_store):
        with pytest.raises(HomeError):
            path_of(name)
