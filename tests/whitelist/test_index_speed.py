"""What a decision costs on a full list: it is taken on every request."""

import timeit

import pytest

from ror.access import Transaction
from whitelist.decision import admit
from whitelist.document import MAX_PARTNERS
from whitelist.index import WhitelistIndex

MOST_US = 20


@pytest.mark.bench
@pytest.mark.parametrize("known", [True, False])
def test_a_decision_on_ten_thousand_partners_takes_at_most_20_microseconds(
    make_partner, make_whitelist, identity_for, now, known
):
    partners = [make_partner(f"partner-{number}") for number in range(MAX_PARTNERS)]
    index = WhitelistIndex(make_whitelist(*partners))
    # A certificate's names are read anew: they equal the list's, and are not the same objects.
    identity = identity_for(make_partner("partner-5000" if known else "nobody"))

    rounds = timeit.repeat(lambda: admit(index, identity, Transaction.SEARCH, now), number=2000, repeat=7)

    assert min(rounds) / 2000 * 1e6 <= MOST_US
