"""A node's edge: connections, admission, the corridor of a search, faults on demand."""
