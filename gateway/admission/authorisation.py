"""The second door: profile, perimeter and hidden criteria, once the question is known (decisions 1, 12)."""

from gateway.admission.admission import Admitted
from gateway.routing import territory
from gateway.search import Granted
from ror.errors import refuse
from ror.faults import Reason
from ror.question import Question
from ror.vihf import Vihf
from ror.visibility import check_criteria
from whitelist.decision import Refusal, authorise, issuer_matches


def authorised(admitted: Admitted, vihf: Vihf | None, question: Question) -> Granted:
    """What this caller may ask. Raises ``FaultError`` 403 with the reason."""
    if vihf is not None and not issuer_matches(vihf.issuer, admitted.identity):
        raise refuse(Reason.VIHF_ISSUER_MISMATCH)
    reach = territory(question)
    decision = authorise(
        admitted.partner, vihf.profile_code if vihf is not None else None, reach.named, reach.implied
    )
    if isinstance(decision, Refusal):
        raise refuse(decision.reason, **dict(decision.evidence))
    check_criteria(question.criteria, decision.profile_code)
    return Granted(
        partner=admitted.partner.id,
        profile=decision.profile_code,
        regions=decision.allowed_regions,
        max_limit=admitted.partner.max_limit,
    )
