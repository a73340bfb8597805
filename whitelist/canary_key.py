"""The private key that stops the canary: the one signing key that belongs on a gateway, for it frees nobody."""

from certs.private_files import make_private_folder, write_private
from whitelist.acts import Act, record
from whitelist.errors import MissingFileError, StorageError
from whitelist.files import WhitelistFiles, read_whole
from whitelist.office import MAX_KEY_BYTES
from whitelist.officers import OfficerKey


def read_canary_key(files: WhitelistFiles, partner_id: str) -> OfficerKey:
    """The key that lies here. Raises ``MissingFileError``, ``OfficerError`` or ``StorageError``."""
    return OfficerKey.from_json(partner_id, read_whole(files.canary_key, MAX_KEY_BYTES))


def canary_key(files: WhitelistFiles, partner_id: str) -> OfficerKey:
    """The key that lies here, made if there is none. Raises ``OfficerError`` or ``StorageError``."""
    try:
        return read_canary_key(files, partner_id)
    except MissingFileError:
        key = OfficerKey.generate(partner_id)
        record(files, Act.KEY_MADE, partner=partner_id, officer=key.officer.kid)
    try:
        make_private_folder(files.canary_key.parent)
        write_private(files.canary_key, key.to_json())
    except OSError as error:
        raise StorageError(f"{files.canary_key} cannot be written: {error.strerror or error}") from error
    return key
