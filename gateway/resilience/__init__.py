"""Not waiting for nothing: breakers, the budget for retries, the hedge against stragglers. Pure; no sockets here."""
