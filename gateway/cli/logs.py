"""Where logs go: JSON lines on stderr, so that stdout holds nothing but what was asked for."""

import logging
import sys

import structlog


def log_to_stderr(level: int = logging.INFO) -> None:
    """Write events of ``level`` and above to stderr, in ASCII: no value may move a cursor or end a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def quiet_logs() -> None:
    """Only what went wrong: for commands that talk to a person."""
    log_to_stderr(logging.WARNING)


def no_logs() -> None:
    """None at all: for a partner's commands, which tell what they have to tell themselves."""
    log_to_stderr(logging.CRITICAL)
