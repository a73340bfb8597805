"""A node as witness of the gateways' audit logs: it co-signs a head only if the log goes on from what it saw."""
