"""The key of a log: read, or made when the log begins."""

import secrets
from pathlib import Path

from certs.audit.keys import KeyUse, PrivateKey
from certs.errors import KeyMaterialError
from certs.private_files import write_private
from gateway.audit.disk import Disk
from gateway.audit.errors import AuditAlarmError
from gateway.audit.recovery import SEGMENT_SUFFIX
from gateway.audit.stored import PUBLIC_KEY_FILE

KEY_FILE = "key.json"


def log_key(disk: Disk, folder: Path, name: str) -> PrivateKey:
    """The log's key, made when the log begins. Raises ``AuditAlarmError`` where a log has lost it."""
    try:
        key = PrivateKey.from_json((folder / KEY_FILE).read_bytes())
    except FileNotFoundError:
        if any(found.endswith(SEGMENT_SUFFIX) for found in disk.names()):
            raise AuditAlarmError(f"the key of the audit log is gone: {folder / KEY_FILE}") from None
        key = PrivateKey.generate(f"{name}/audit/{secrets.token_hex(4)}", KeyUse.LOG)
        write_private(folder / PUBLIC_KEY_FILE, key.public.text.encode() + b"\n")
        write_private(folder / KEY_FILE, key.to_json())
    except KeyMaterialError as error:
        raise AuditAlarmError(f"{folder / KEY_FILE}: {error}") from error
    return key
