"""The audit log as values: hash chain, Merkle tree, records, segments, signed notes, receipts, offline verification.

Everything here is arithmetic on bytes: no file, no clock, no key. Who writes the log, who witnesses it and who
verifies it all share these modules, so that none of them has to trust another's reading.
"""
