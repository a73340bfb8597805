"""The gateway's audit log: written by one thread in batches that reach the disk before an answer leaves."""
