"""Whether a certificate still holds: lists (CRL), answers (OCSP), how fresh they are, and the verdict per request.

Pure but for ``source`` (files), ``seen`` (a file), ``watching`` and ``fetching`` (the network).
"""
