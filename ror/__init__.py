"""The exchange contract between regional RORs: what every other package shares, and nothing that does I/O."""

__version__ = "0.1.0"
