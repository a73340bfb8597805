"""The fault that a refused certificate becomes; the same at the gateway and at the nodes."""

from certs.reasons import Reason
from ror.faults import Fault

_UNKNOWN_STATUS = 503
_RETRY_AFTER_S = 30
"""By then a list that was due may have come."""


def certificate_fault(reason: Reason, detail: str) -> Fault:
    """Tell ``reason``; ``detail`` is for the log. What only our own trust data lacks is worth another try."""
    return Fault(
        reason=reason.fault,
        message=reason.message,
        retry_after_s=_RETRY_AFTER_S if reason.fault.number == _UNKNOWN_STATUS else None,
        evidence={"detail": detail},
    )
