"""The error tree of the gateway. What a caller is told is always a ``ror.faults.Fault``; these are for inside."""


class GatewayError(Exception):
    """Root of every error that this package raises."""


class SettingsError(GatewayError):
    """The gateway cannot start with these settings; ``args[0]`` says which one and why."""


class ProxiesError(GatewayError):
    """The file of pinned proxies cannot be used; ``args[0]`` says why."""


class MalformedAnswerError(GatewayError):
    """A region's answer that breaks the contract; ``slug`` is stable and goes into the coverage's detail."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(f"{slug}: {message}")
        self.slug = slug


class UnusualAnswerError(GatewayError):
    """Bytes that the splice may not touch; the tree path reads the same answer. Never leaves ``gateway.merge``."""
