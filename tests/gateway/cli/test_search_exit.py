"""What ``ror search`` exits with."""

from ror.exit_codes import Exit, exit_of_fault


def test_less_than_was_demanded_is_partial_and_nothing_broken() -> None:
    assert exit_of_fault(503, "federation.coverage-insufficient") is Exit.PARTIAL
