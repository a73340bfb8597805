"""What the gateway says to the nodes: one VIHF a question, another for each further attempt, signed if so wished."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from certs.xml_signature import verify_signature
from certs.xml_signing import VihfSigner
from gateway.federation.messages import VALID_FOR, Messages, Voice
from ror.access import ProfileCode
from ror.assertion import Assertion, read_assertion
from ror.question import Criteria, Destination, DestinationLevel, Question
from ror.soap.envelope import SEARCH, SECURITY, Envelope, read_envelope
from ror.soap.search_header import read_search_header
from ror.soap.version import SoapVersion
from tests.support.vihf_attacks import spki

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRANCE = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.COUNTRY, "FR"),), limit=50)
ARA = Question(criteria=Criteria(), destinations=(Destination(DestinationLevel.REGION, "84"),), limit=50)


def messages(**voice: object) -> Messages:
    speaking = Voice(issuer=lambda: "CN=PASSERELLE,C=FR", now=lambda: AT, **voice)  # type: ignore[arg-type]
    return Messages(speaking, "samu-rhone", ProfileCode.CU18, 4.5678)


def read(message: bytes) -> Envelope:
    return read_envelope(message, content_type=SoapVersion.V12.content_type, soap_action=None)


def assertion(message: bytes) -> Assertion:
    security = read(message).header(SECURITY)
    assert security is not None
    return read_assertion(security)


def test_the_gateway_speaks_for_the_partner_in_its_own_name() -> None:
    told = assertion(next(messages().to(FRANCE)))

    assert (told.vihf.issuer, told.vihf.subject_id, told.vihf.profile_code) == (
        "CN=PASSERELLE,C=FR", "samu-rhone", "CU18",
    )  # fmt: skip
    assert (told.issued_at, told.valid_from, told.valid_until) == (AT, AT, AT + VALID_FOR)


def test_regions_that_are_asked_the_same_get_the_same_bytes() -> None:
    both = messages()

    assert next(both.to(FRANCE)) == next(both.to(FRANCE))


def test_regions_that_are_asked_otherwise_get_their_own_question_under_the_same_vihf() -> None:
    both = messages()
    national, regional = next(both.to(FRANCE)), next(both.to(ARA))

    assert national != regional
    assert b'code="84"' in regional
    assert b'code="84"' not in national
    assert assertion(national) == assertion(regional)


def test_each_further_attempt_has_an_assertion_of_its_own_and_the_same_question() -> None:
    attempts = messages().to(FRANCE)
    tried = [next(attempts) for _ in range(3)]

    assert len({assertion(message).id for message in tried}) == 3
    assert len({message.partition(b"</wsse:Security>")[2] for message in tried}) == 1


def test_two_questions_share_no_assertion() -> None:
    assert assertion(next(messages().to(FRANCE))).id != assertion(next(messages().to(FRANCE))).id


def test_the_nodes_deadline_is_what_is_left_when_the_question_is_asked() -> None:
    header = read(next(messages().to(FRANCE))).header(SEARCH)
    assert header is not None

    assert read_search_header(header).deadline == timedelta(milliseconds=4568)


def test_it_is_signed_once_for_all_regions() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signed: list[bytes] = []

    def sign(block: bytes) -> bytes:
        signed.append(VihfSigner(key)(block))
        return signed[-1]

    all_regions = messages(sign=sign)
    told = [assertion(next(all_regions.to(question))) for question in (FRANCE, ARA, FRANCE)]

    assert len(signed) == 1
    assert isinstance(verify_signature(told[1], spki(key)), Assertion)
