"""The second door: profile, perimeter and hidden criteria, once the question is known (decisions 1, 12)."""

from gateway.admission.admission import Admitted
from gateway.routing import territory
from gateway.search import Granted
from ror.errors import refuse
from ror.question import Question
from ror.visibility import check_criteria
from whitelist.decision import Refusal, authorise
from whitelist.vihf import Vouched


def authorised(admitted: Admitted, vouched: Vouched | None, question: Question) -> Granted:
    """What this caller may ask. Raises ``FaultError`` 403 with the reason."""
    reach = territory(question)
    profile_code = vouched.vihf.profile_code if vouched is not None else None
    decision = authorise(admitted.partner, profile_code, reach.named, reach.implied)
    if isinstance(decision, Refusal):
        raise refuse(decision.reason, **dict(decision.evidence))
    check_criteria(question.criteria, decision.profile_code)
    return Granted(
        partner=admitted.partner.id,
        profile=decision.profile_code,
        regions=decision.allowed_regions,
        max_limit=admitted.partner.max_limit,
    )
