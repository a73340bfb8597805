"""The four paths made ready for one partner, with its certificate read anew: it is renewed like everybody's."""

from dataclasses import dataclass

from certs.home import Home
from certs.tls import client_context
from gateway.canary.line import Door, question_in
from gateway.canary.paths import (
    REFUSED,
    AnswerBeingSent,
    NewHandshake,
    OpenConnection,
    Path,
    Questions,
    ResumedHandshake,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where the gateway listens, and the name in its certificate."""

    host: str
    port: int
    server_name: str


def four_paths(
    home: Home,
    listener: Listener,
    partner_id: str,
    region: str,
    *,
    lasting_s: float,
    refusing: frozenset[int] = REFUSED,
) -> tuple[Path, ...]:
    """The new handshake first. ``lasting_s`` is how long the answer that is to be cut would take to be sent.

    Raises ``KeyMaterialError`` where the partner's certificate does not lie here.
    """
    questions = Questions(question_in(region), question_in(region, lasting_s))
    door, older_door = (_door(home, listener, partner_id) for _ in range(2))
    return (
        NewHandshake(door, questions, refusing),
        ResumedHandshake(older_door, questions, refusing),
        OpenConnection(door, questions, refusing),
        AnswerBeingSent(door, questions),
    )


def _door(home: Home, listener: Listener, partner_id: str) -> Door:
    leaf = home.leaf(f"partner-{partner_id}")
    context = client_context(leaf.chain, leaf.key, home.trust)
    return Door(host=listener.host, port=listener.port, server_name=listener.server_name, context=context)
