"""An answer as a region writes it: its prefixes, its XML declaration; around directories that are already bytes."""

from regional_nodes.habits import Habits
from ror import namespaces
from ror.soap.version import SoapVersion


def answer_start(habits: Habits, version: SoapVersion, header_block: bytes, unit_count: int) -> bytes:
    """Everything before the directories."""
    soap, own = habits.soap_prefix, habits.prefix
    start = f'{habits.declaration}<{soap}:Envelope xmlns:{soap}="{version.namespace}"><{soap}:Header>'
    middle = (
        f'</{soap}:Header><{soap}:Body><{own}:careServicesResponse xmlns:{own}="{namespaces.G1}"><result>'
        f"<resultNumber><OInumber>{unit_count}</OInumber></resultNumber>"
    )
    return start.encode() + header_block + middle.encode()


def answer_end(habits: Habits) -> bytes:
    """Everything behind the directories."""
    soap, own = habits.soap_prefix, habits.prefix
    return f"</result></{own}:careServicesResponse></{soap}:Body></{soap}:Envelope>".encode()
