"""Which SLOs have no figures yet, and the reason that status and metrics agree on."""

from shared.domain.slo import SLO, BudgetingMethod


def why_not(slo: SLO) -> str | None:
    """Return why an SLO is not evaluated, None when it is."""
    if slo.composite:
        return "composite SLOs are not evaluated yet"
    if slo.budgeting_method is not BudgetingMethod.OCCURRENCES:
        return f"the budgeting method {slo.budgeting_method.value} is not evaluated yet"
    return None
