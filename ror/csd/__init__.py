"""CSD, the XML of the offer of care: a codec driven by the metadata of ``ror.model``, for both generations."""

from ror.csd.acts import ActingService, acting, first_service
from ror.csd.reading import read
from ror.csd.style import ROR_IESS, ROR_IR, Style
from ror.csd.writing import UnitFragment, distance_element, write, write_unit
from ror.model.wire import Generation

__all__ = [
    "ROR_IESS",
    "ROR_IR",
    "ActingService",
    "Generation",
    "Style",
    "UnitFragment",
    "acting",
    "distance_element",
    "first_service",
    "read",
    "write",
    "write_unit",
]
