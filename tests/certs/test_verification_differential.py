"""Our verdicts on generated chains against two others': every disagreement that is allowed is named here, with why.

``openssl verify`` (strict, at the security level of our TLS) and pyhanko-certvalidator judge the same chains, good
and bad, made anew from a seed. Where they and we differ, one of ``RULES`` must allow it; docs/certificates.md says
why. Any other difference fails.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import pytest

from certs.profiles import Purpose
from tests.support.chain_making import Chain, KeyPool
from tests.support.documents import code, read
from tests.support.second_opinions import OpensslVerify, Opinion, chain_of, ours, pyhanko

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
"""In life the X.509 library only warns of some oddities: what it then gives us is what is judged."""

OPENSSL, PYHANKO = "openssl", "pyhanko"
BOTH = frozenset({OPENSSL, PYHANKO})
SEED = 20261122


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A disagreement that is allowed. ``we`` matches our reason and words, ``they`` theirs; empty is acceptance."""

    name: str
    we: str
    they: str = ""
    oracles: frozenset[str] = BOTH
    told: str = ""

    def allows(self, case: "Case") -> bool:
        """Whether the disagreement is of this kind."""
        return (
            case.oracle in self.oracles
            and bool(re.fullmatch(self.we, _line(case.we), re.DOTALL))
            and bool(re.fullmatch(self.they, _line(case.they), re.DOTALL))
            and any(re.search(self.told, told) for told in case.chain.told)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One chain and what an oracle and we make of it."""

    number: int
    chain: Chain
    oracle: str
    we: Opinion
    they: Opinion

    @property
    def disagreement(self) -> bool:
        return self.we.accepts != self.they.accepts

    def __str__(self) -> str:
        changes = ", ".join(self.chain.told)
        return f"chain {self.number} ({changes}): we {_line(self.we)!r}, {self.oracle} {_line(self.they)!r}"


def _line(opinion: Opinion) -> str:
    return f"{opinion.reason}: {opinion.words}" if opinion.reason else ""


UNTRUSTED, MALFORMED = r"certificate\.untrusted: ", r"certificate\.malformed: "
RULES: Final = (
    Rule(name="last-second", we="", they=r"openssl-10: .*", oracles=frozenset({OPENSSL}), told=r"last-second|at-"),
    Rule(name="pinned-intermediates", we=r"certificate\.path-length: issued by an authority below .*"),
    Rule(name="pinned-intermediates", we=UNTRUSTED + "issued by an unknown authority", told=r"levels-"),
    Rule(name="pinned-intermediates", we=r"certificate\.path-length: \d certificates were shown", told=r"levels-"),
    Rule(name="pinned-intermediates", we=r"trust-file: .* is signed by no root of the same file", told=r"levels-"),
    Rule(
        name="pinned-intermediates", we=r"certificate\.authority-out-of-date: .*", told=r"sent-only|missing|more-than"
    ),
    Rule(name="two-levels", we=UNTRUSTED + "issued by a root, .*"),
    Rule(name="domains", we=r"certificate\.wrong-domain: .*"),
    Rule(name="domains", we=r"trust-file: .* names neither ORGANISATIONS nor PERSONNES"),
    Rule(name="names-byte-for-byte", we=UNTRUSTED + "issued by an unknown authority", told=r"^issuer-"),
    Rule(name="der-alone", we=MALFORMED + r"the certificate cannot be read: ValueError"),
    Rule(name="der-alone", we=r"trust-file: certs\.trust: the file holds no readable PEM certificate"),
    Rule(name="der-alone", we=r"trust-file: certs\.trust: the certificate cannot be read: ValueError"),
    Rule(name="no-extension-twice", we=r".*the certificate cannot be read: DuplicateExtension"),
    Rule(name="version-3", we=r".*(the certificate cannot be read: InvalidVersion|is not X\.509 version 3)"),
    Rule(name="serial-numbers", we=r".*the certificate's serial number is not positive"),
    Rule(name="serial-numbers", we=r"certificate\.invalid: .*must have a serial between 1 and 20 octets.*"),
    Rule(name="plain-names", we=r".*(holds control or invisible|is empty|multi-valued|is no text|over 1024).*"),
    Rule(name="plain-hosts", we=MALFORMED + r"a server name holds control or other characters .*"),
    Rule(name="plain-hosts", we=MALFORMED + r"it has alternative names, and none of them"),
    Rule(name="subject-of-the-profile", we=r"certificate\.wrong-subject: .*"),
    Rule(name="policy-of-the-gamme", we=r"certificate\.wrong-policy: .*"),
    Rule(name="usage-is-told", we=r"certificate\.wrong-usage: it reads as .*"),
    Rule(name="usage-of-the-authority", we=r"certificate\.wrong-usage: its authority does not .*"),
    Rule(name="no-authority-enters", we=r"certificate\.ca-as-leaf: .*"),
    Rule(name="strength", we=r"certificate\.weak: .*|trust-file: .* is too weak: .*"),
    Rule(name="critical-and-not-asked", we=r"certificate\.unsupported-extension: .*"),
    Rule(name="critical-and-not-asked", we=r"certificate\.invalid: .*invalid extension: .*"),
    Rule(name="demands-of-authorities", we=r"trust-file: .* demands what is not held here: .*"),
    Rule(name="key-identifiers", we=r"(certificate\.invalid|trust-file): .*(names another|does not name the) .*"),
    Rule(name="key-identifiers", we=r"trust-file: .* has no subject key identifier"),
    Rule(name="authorities-prove-themselves", we=r"trust-file: .* is not signed by itself"),
    Rule(name="authorities-prove-themselves", we=r"trust-file: .* is not a certification authority"),
    Rule(name="authorities-prove-themselves", we=r"trust-file: .* (allows no intermediate|is signed by no root .*)"),
    Rule(name="roots-have-dates", we=r"certificate\.authority-out-of-date: .*", oracles=frozenset({PYHANKO})),
    Rule(name="roots-have-dates", we=r"trust-file: .*dates are the wrong way round", oracles=frozenset({PYHANKO})),
    Rule(name="time-in-its-form", we=r"certificate\.invalid: .*between 1950 and 2049 must be UtcTime.*"),
    Rule(name="names-of-hosts", we=r"certificate\.invalid: .*name constraint.*"),
)
NAMES = {rule.name for rule in RULES}


def rule_of(case: Case) -> str | None:
    """The name of the rule that allows a disagreement."""
    return next((rule.name for rule in RULES if rule.allows(case)), None)


async def judged(chains: Iterable[Chain], openssl: OpensslVerify) -> list[Case]:
    """Every chain before all three; openssl in two threads, since it runs as a program each time."""
    known = list(enumerate(chains))
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as threads:
        running = [loop.run_in_executor(threads, openssl, chain, number) for number, chain in known]
        found = []
        for (number, chain), theirs in zip(known, running, strict=True):
            we, pyhankos = ours(chain), await pyhanko(chain)
            found.append(Case(number=number, chain=chain, oracle=OPENSSL, we=we, they=await theirs))
            found.append(Case(number=number, chain=chain, oracle=PYHANKO, we=we, they=pyhankos))
    return found


def told(cases: list[Case]) -> str:
    """What came of it, for the log of the long run."""
    lines = []
    for oracle in sorted(BOTH):
        of_oracle = [case for case in cases if case.oracle == oracle]
        apart = Counter(rule_of(case) for case in of_oracle if case.disagreement)
        accepted = sum(case.we.accepts for case in of_oracle), sum(case.they.accepts for case in of_oracle)
        agreed = sum(not case.disagreement for case in of_oracle)
        lines.append(f"{oracle}: {len(of_oracle)} chains, {agreed} agreed; accepted by us and them: {accepted}")
        lines += [f"  {count:5} {name}" for name, count in apart.most_common()]
    return "\n".join(lines)


async def compared(openssl: str, folder, numbers: range) -> list[Case]:
    pool = KeyPool()
    chains = [chain_of(SEED, number, pool) for number in numbers]
    cases = await judged(chains, OpensslVerify(openssl, folder))
    unnamed = [str(case) for case in cases if case.disagreement and rule_of(case) is None]
    assert not unnamed, "\n".join(unnamed)
    return cases


async def test_three_hundred_chains_get_the_verdict_of_others_or_a_named_reason_for_another(openssl, tmp_path):
    cases = await compared(openssl, tmp_path, range(300))
    both = {purpose: set() for purpose in Purpose}
    for case in cases:
        both[case.chain.purpose].add((case.we.accepts, case.they.accepts))
    for seen in both.values():
        assert {(True, True), (False, False)} <= seen


@pytest.mark.full
@pytest.mark.timeout(1800)
async def test_six_thousand_chains_need_every_rule_and_no_other(openssl, tmp_path):
    cases = await compared(openssl, tmp_path, range(1000, 7000))
    print(told(cases))
    used = {rule_of(case) for case in cases if case.disagreement}
    assert used == NAMES


def test_whoever_accepts_what_we_refuse_does_so_by_rule_and_only_the_last_second_is_the_other_way_round():
    accepting = {rule.name for rule in RULES if not rule.we}
    assert accepting == {"last-second"}


@pytest.mark.parametrize(
    ("we", "they"),
    [
        (Opinion(), Opinion("openssl-7", "certificate signature failure")),
        (Opinion(), Opinion("openssl-10", "certificate has expired")),
        (Opinion("certificate.expired", "expired on 2026-01-01"), Opinion()),
        (Opinion("certificate.untrusted", "issued by an unknown authority"), Opinion()),
    ],
    ids=["bad signature", "expired", "refused for its dates", "refused for its issuer"],
)
def test_the_control_a_wrong_verdict_has_no_rule(we, they):
    chain = replace(chain_of(SEED, 0, KeyPool()), told=("good",))
    case = Case(number=0, chain=chain, oracle=OPENSSL, we=we, they=they)
    assert rule_of(case) is None


async def test_the_control_a_good_chain_is_accepted_by_all(openssl, tmp_path):
    pool, good = KeyPool(), []
    for number in range(10_000, 10_400):
        chain = chain_of(SEED, number, pool)
        good += [chain] if chain.told == ("good",) else []
    assert len(good) > 20
    for case in await judged(good[:20], OpensslVerify(openssl, tmp_path)):
        assert case.we.accepts, case
        assert case.they.accepts, case


def test_every_rule_is_told_with_its_reason_and_no_other():
    rows = read("docs/certificates.md").table("allowed disagreement")
    assert {code(row[0]) for row in rows} == NAMES
    assert len(rows) == len(NAMES)
    assert all(row[2] for row in rows)
