"""What the first question would otherwise wait for: tables that are read on first use."""

from ror import schemas
from ror.g1 import criteria
from ror.model.wire import Generation
from ror.nomenclatures import table
from ror.territory import commune

_CRITERIA = (
    criteria.ACTIVITY,
    criteria.ACT,
    criteria.SPECIALITY,
    criteria.EQUIPMENT,
    criteria.CARE_MODE,
    criteria.AGE_CLASS,
)


def read_tables() -> None:
    """Read the tables of codes and communes and the service description; takes some tenths of a second, once."""
    for criterion in _CRITERIA:
        for scheme in criterion.schemes:
            table(scheme)
    commune("75056")
    schemas.wsdl(Generation.G1, "https://localhost/")
