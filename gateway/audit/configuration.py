"""What the gateway was started with, in the log: digests and names, and what is other than at the start before."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from certs.credentials import Credentials
from certs.home import Home
from gateway.audit.known import KnownBefore
from gateway.settings import GatewaySettings
from ror.audit.events import ConfigurationChanged, Event

EVERYTHING = "all"
_ABSENT = "-"


def configuration_facts(
    home: Home, settings: GatewaySettings, credentials: Credentials, leaves: tuple[str, ...], release: str
) -> dict[str, str]:
    """The facts by name: a digest of every setting and file that decides, certificates by their fingerprints.

    Blocks for reading small files; one that is not there is ``-``.
    """
    values = settings.model_dump(mode="json")
    usual = {name: field.default for name, field in type(settings).model_fields.items()}
    other = sorted(name for name in values if getattr(settings, name) != usual[name])
    return {
        "release": release,
        "settings": _digest(json.dumps(values, sort_keys=True).encode()),
        "settings.not-default": ",".join(other) or _ABSENT,
        "trust": _file_digest(home.trust),
        "directory": _file_digest(settings.directory or home.nodes_directory),
        "revocation.rules": _file_digest(home.revocation_policy),
        "officers.pinned": _file_digest(home.whitelist / "officers.json"),
        **{f"certificate.{leaf}": credentials.identity(leaf).fingerprint for leaf in leaves},
    }


def tell_configuration(facts: Mapping[str, str], known: KnownBefore, note: Callable[[Event], None]) -> None:
    """Record what is in force from this start on; remember it for the next. Blocks."""
    before = known.read()
    names = sorted(facts.keys() | before.facts.keys())
    changed = tuple(name for name in names if facts.get(name) != before.facts.get(name)) if before.facts else ()
    note(
        ConfigurationChanged(
            setting=EVERYTHING,
            digest=_digest(json.dumps(dict(facts), sort_keys=True).encode()),
            facts=tuple(sorted(facts.items())),
            changed=changed,
        )
    )
    known.keep(replace(before, facts=dict(facts)))


def _file_digest(path: Path) -> str:
    try:
        return _digest(path.read_bytes())
    except OSError:
        return _ABSENT


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
