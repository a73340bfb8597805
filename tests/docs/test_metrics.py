"""docs/operations.md against the metrics that a gateway serves, docs/revocation.md against the canary's causes."""

import re
from typing import Any

import pytest
from prometheus_client.registry import Collector

from certs.home import Home
from certs.revocation.source import RevocationSource
from certs.trust import load_trust
from gateway.admission.slots import SearchSlots
from gateway.canary.figures import Failure
from gateway.telemetry.counting import PREFIX
from gateway.telemetry.instruments import Instruments
from gateway.telemetry.standing import Standing
from tests.support.documents import code, codes, read
from whitelist.propagation import FollowerState
from whitelist.propagation import Standing as FollowerStanding
from whitelist.source import WhitelistSource

OPERATIONS = read("docs/operations.md")


class Audit:
    """As much of an audit log as is looked at."""

    failure, size, waiting = None, 0, 0


@pytest.fixture(scope="module")
def metrics(pki_home: Home) -> dict[str, frozenset[str]]:
    """The labels of every metric, by the name under which it is served."""
    instruments = Instruments()
    lists = WhitelistSource.of_home(pki_home)
    lists.refresh()
    revocation = RevocationSource.of_home(pki_home, load_trust(pki_home.trust))
    revocation.refresh()
    audit: Any = Audit()
    follower = FollowerState(follower="ara", standing=FollowerStanding.BEHIND, versions_behind=1)
    standing = Standing(
        whitelist=lists,
        revocation=revocation,
        audit=audit,
        slots=SearchSlots(1, 1, 1.0),
        followers=lambda: [follower],
    )
    return _declared(instruments) | _served(standing)


def _declared(instruments: Instruments) -> dict[str, frozenset[str]]:
    """A counter without any sample yet has its labels all the same."""
    found = {}
    for collector in tuple(instruments.registry._collector_to_names):
        labels = frozenset(getattr(collector, "_labelnames", ()))
        for metric in collector.collect():
            found[metric.name + ("_total" if metric.type == "counter" else "")] = labels
    return found


def _served(collector: Collector) -> dict[str, frozenset[str]]:
    return {metric.name: frozenset(metric.samples[0].labels) for metric in collector.collect()}


def test_every_metric_is_told_with_its_labels_and_no_other(metrics: dict[str, frozenset[str]]) -> None:
    told = {code(row[0]): frozenset(codes(row[1])) for row in OPERATIONS.table("metric")}
    assert told == metrics


def test_every_metric_is_ours_and_says_its_unit(metrics: dict[str, frozenset[str]]) -> None:
    for name in metrics:
        assert name.startswith(f"{PREFIX}_")
        assert not re.search(r"_(?:ms|s|kb|mb)$", name), name


def test_no_label_could_name_a_partner_a_certificate_or_a_person(metrics: dict[str, frozenset[str]]) -> None:
    allowed = {
        "result",
        "ror",
        "outcome",
        "transaction",
        "reason",
        "problem",
        "follower",
        "authority",
        "path",
        "cause",
    }
    assert frozenset().union(*metrics.values()) <= allowed


def test_every_cause_of_a_failed_round_is_told_and_no_other() -> None:
    told = {code(row[0]) for row in read("docs/revocation.md").table("canary cause")}
    assert told == {failure.value for failure in Failure}
