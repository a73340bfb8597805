"""Every change that a generated chain may have."""

from collections.abc import Callable
from typing import Final

from tests.support import chain_contents as contents
from tests.support import chain_paths as paths
from tests.support.chain_making import ChainDraft

Mutation = Callable[[ChainDraft], str]
MUTATIONS: Final[tuple[Mutation, ...]] = (
    contents.dates,
    contents.dates_the_wrong_way_round,
    contents.time_forms,
    contents.key_usage,
    paths.authority_key_usage,
    contents.extended_usage,
    paths.authority_extended_usage,
    contents.basic_constraints,
    paths.path_length,
    paths.another_level,
    paths.other_intermediate,
    paths.missing_intermediate,
    paths.extra_certificates,
    paths.wrong_domain,
    paths.no_domain,
    paths.issued_by_root,
    paths.swapped_issuer,
    paths.look_alike,
    paths.renewed_authority,
    paths.bad_signature,
    paths.changed_after_signing,
    paths.two_algorithms,
    paths.signature_hash,
    paths.weak_key,
    paths.strong_key,
    contents.unknown_extension,
    contents.private_extension,
    contents.serial_number,
    contents.duplicate_extension,
    paths.authority_as_leaf,
    paths.self_signed,
    paths.self_issued,
    paths.key_identifiers,
    paths.name_constraints,
    contents.policies,
    paths.authority_policies,
    contents.subjects,
    paths.issuer_spelling,
    contents.alternative_names,
    contents.versions,
    contents.encodings,
    contents.bad_extension,
    contents.later,
    contents.nothing,
)
nothing: Final[Mutation] = contents.nothing
