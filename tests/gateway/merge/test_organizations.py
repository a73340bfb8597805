"""Pointers at organizations follow the copy that is kept."""

from gateway.merge.organizations import parent_of, pointer, repointed
from tests.support.answers import answer, establishment, legal_entity, read, unit


def test_only_pointers_at_the_organization_are_changed() -> None:
    data = answer(
        organizations=legal_entity() + establishment(parent="s_1"),
        facilities=unit("s_1", "s_1", (), inside="<x>s_1</x><x>&lt;organization entityID=&quot;ara:s_1&quot;</x>"),
        services="",
    )
    entries = read(data)
    (one,) = entries.facilities
    replaced = {b"ara:s_1": rb"idf:\1&amp;"}
    assert repointed(one, replaced) == one.xml.replace(
        b'<organization entityID="ara:s_1"', rb'<organization entityID="idf:\1&amp;"'
    )
    below = entries.organizations[1]
    assert parent_of(below) == b"ara:s_1"
    assert b'<parent entityID="idf:\\1&amp;"' in repointed(below, replaced)


def test_a_pointer_that_declares_a_namespace_is_found() -> None:
    data = answer(facilities=unit().replace("<organization ", '<organization v:a="1" xmlns:v="urn:\'v" '))
    (one,) = read(data).facilities
    assert pointer(b"organization", b"ara:e_1").search(one.xml)
    assert b'entityID="idf:e"' in repointed(one, {b"ara:e_1": b"idf:e"})
