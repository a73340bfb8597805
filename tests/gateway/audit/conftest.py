"""Real logs in real folders."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from certs.audit.inbox import AuditFiles
from certs.home import Home
from gateway.audit.bounds import AuditBounds
from gateway.audit.log import AuditLog

QUICK = AuditBounds(retry_s=0.02, inbox_s=0.02, settle_s=5.0)


@pytest.fixture
def files(tmp_path: Path) -> AuditFiles:
    return AuditFiles(Home(tmp_path / "home"))


@pytest.fixture
def open_log(files: AuditFiles) -> Iterator[Callable[..., AuditLog]]:
    """Open the log; it is closed at the end."""
    logs: list[AuditLog] = []

    def opened(**bounds: object) -> AuditLog:
        log = AuditLog.open(files, name="passerelle.test", version="1", bounds=replace(QUICK, **bounds))
        logs.append(log)
        return log

    yield opened
    for log in logs:
        log.close()
