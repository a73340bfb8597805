"""The audit log's keys: signing and witnessing tree heads, verifying logs and receipts, handing in events.

It lives here, on the lowest level that knows keys, because the gateway (who signs), the nodes (who witness) and an
auditor (who verifies) must all reach it, and because a machine's signature is nothing that officers or the
whitelist decide.
"""
