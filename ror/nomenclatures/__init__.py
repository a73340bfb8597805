"""The code tables of the Nomenclatures des objets de santé that the contract uses, with their days of validity.

Own compact form of the official public files (Licence Ouverte), made by ``ror.nomenclatures.build``, read on first
use.
"""

from ror.nomenclatures.catalogue import activities_of_family, label, table, table_oids
from ror.nomenclatures.specialties import map_specialty
from ror.nomenclatures.suggestions import suggest
from ror.nomenclatures.table import Concept, Table

__all__ = [
    "Concept",
    "Table",
    "activities_of_family",
    "label",
    "map_specialty",
    "suggest",
    "table",
    "table_oids",
]
