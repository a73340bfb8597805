"""The error tree of the regional nodes. A refusal is a ``ror.errors.FaultError``; these are broken machinery."""


class NodesError(Exception):
    """Root of every error that this package raises; its text is one line, for the operator."""


class StoreError(NodesError):
    """A node's database is missing, damaged or cannot be written."""


class StoreFormatError(StoreError):
    """A node's database has another format than this release reads: prepare it anew."""


class TreeError(NodesError):
    """A source handed over an establishment that contradicts itself."""


class HostError(NodesError):
    """A node cannot be started: port taken, certificate or database missing."""


class OpenDataError(NodesError):
    """Open data that cannot be read at all: a missing folder, an empty or unreadable file, no table of places."""


class FaultSyntaxError(NodesError):
    """A fault on demand that does not exist, or with a number it does not take."""


class WitnessError(NodesError):
    """A node cannot witness: its key or what it remembers is missing, damaged or cannot be kept."""
