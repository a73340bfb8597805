"""What others make of a chain: the program ``openssl verify``, the library pyhanko-certvalidator, and ourselves."""

import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from asn1crypto import x509 as asn1
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from certs.errors import CertsError
from certs.profiles import Purpose
from certs.trust import Trust
from certs.verification import verify
from tests.support.chain_making import Chain, KeyPool, finished, good_chain, to_pem
from tests.support.chain_mutations import MUTATIONS, nothing

_OPENSSL_PURPOSES = {Purpose.CLIENT: "sslclient", Purpose.SERVER: "sslserver", Purpose.PERSON: "sslclient"}
_USES = {Purpose.CLIENT: "client_auth", Purpose.SERVER: "server_auth", Purpose.PERSON: "client_auth"}
_CHANGES = (0, 1, 1, 1, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True, slots=True)
class Opinion:
    """``reason`` is empty where the chain is accepted; else ours or theirs, in a word, ``words`` in many."""

    reason: str = ""
    words: str = ""

    @property
    def accepts(self) -> bool:
        """Whether the leaf serves."""
        return not self.reason


def chain_of(seed: int, number: int, pool: KeyPool) -> Chain:
    """The chain of that number; the same again for the same seed, but for the keys."""
    random = Random(f"{seed}:{number}")
    while True:
        draft = good_chain(random, pool)
        try:
            count = random.choice(_CHANGES)
            for change in random.sample(MUTATIONS, count) if count else [nothing]:
                draft.told.append(change(draft))
            return finished(draft)
        except (RecursionError, KeyError, OverflowError):
            continue


def ours(chain: Chain) -> Opinion:
    """Our verdict. A trust file that we would not take up lets nobody in."""
    try:
        trust = Trust.from_pem(to_pem(*chain.roots, *chain.intermediates))
    except CertsError as error:
        return Opinion("trust-file", f"{error.code}: {error}")
    verdict = verify([chain.leaf, *chain.sent], trust, chain.purpose, chain.at)
    return Opinion(verdict.reason.slug if verdict.reason else "", verdict.detail)


class OpensslVerify:
    """``openssl verify``, strict, with the security level of our TLS contexts."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def __call__(self, chain: Chain, number: int = 0) -> Opinion:
        """Its verdict; may run in several threads, each with its own ``number``."""
        roots, between, leaf = (self._folder / f"{number}-{name}.pem" for name in ("roots", "between", "leaf"))
        roots.write_bytes(to_pem(*chain.roots))
        between.write_bytes(to_pem(*chain.intermediates, *chain.sent))
        leaf.write_bytes(to_pem(chain.leaf))
        told = ["-no-CApath", "-no-CAstore", "-CAfile", roots, "-attime", str(int(chain.at.timestamp()))]
        told += ["-x509_strict", "-auth_level", "2", "-purpose", _OPENSSL_PURPOSES[chain.purpose]]
        if chain.intermediates or chain.sent:
            told += ["-untrusted", between]
        command = [self._program, "verify", *told, leaf]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20, errors="replace")
        if done.returncode == 0:
            return Opinion()
        found = re.search(r"error (\d+) at \d+ depth lookup: ?(.*)", done.stderr)
        return Opinion(f"openssl-{found[1]}", found[2]) if found else Opinion("unreadable", done.stderr.strip())


async def pyhanko(chain: Chain) -> Opinion:
    """The verdict of pyhanko-certvalidator, offline."""
    try:
        roots = [asn1.Certificate.load(one, strict=True) for one in chain.roots]
        others = [asn1.Certificate.load(one, strict=True) for one in (*chain.intermediates, *chain.sent)]
        leaf = asn1.Certificate.load(chain.leaf, strict=True)
        context = ValidationContext(
            trust_roots=roots,
            other_certs=others,
            moment=chain.at,
            time_tolerance=timedelta(0),
            allow_fetching=False,
        )
        validator = CertificateValidator(leaf, intermediate_certs=others, validation_context=context)
        await validator.async_validate_usage({"digital_signature"}, {_USES[chain.purpose]})
    except (PathBuildingError, PathValidationError, ValidationError) as error:
        return Opinion(type(error).__name__, str(error))
    except Exception as error:
        # It parses late and promises no list of what it raises for what is no certificate.
        return Opinion("unreadable", f"{type(error).__name__}: {error}")
    return Opinion()
