"""One answer out of many: cut the regions' answers into entries, scope their ids, order, limit, write.

Two readers give the same ``RegionEntries``: ``splice`` (bytes, the hot path) and ``tree`` (lxml, for the unusual).
"""
