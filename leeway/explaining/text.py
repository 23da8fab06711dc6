"""An explanation in words, as lines of markup."""

from collections.abc import Iterator

from leeway.explaining.alert import Alert
from leeway.explaining.data import moment
from leeway.explaining.explanation import Budget, Counting, Explanation, ObjectiveExplained
from leeway.terminal import percent, plain
from shared.domain.detection import Reaction
from shared.domain.duration import in_words
from shared.domain.slo import SLO, BudgetingMethod, CalendarWindow, Objective

_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_MANY = 100_000  # events, where it is not known how many there are
_EMPTY = {
    "exclude": "are not counted",
    "good": "count as good",
    "bad": "count as bad",
    "carry": "keep the verdict of the last slice with data",
}


def lines_of(explanation: Explanation) -> Iterator[str]:
    """Yield an SLO in words."""
    slo = explanation.slo
    yield f"[bold]{plain(slo.name)}[/], a promise about {plain(slo.service)}"
    yield f"  window   {_window(explanation)}"
    yield f"  method   {_method(slo)}"
    for one in explanation.objectives:
        yield ""
        yield from _objective(slo, one)
    if explanation.joint_alerts:
        yield ""
        yield "  [bold]all parts together[/]: their burn rates add up, each times its weight"
        yield from _alerts(explanation.joint_alerts)


def brief(seconds: float) -> str:
    """Return a length of time for display, in the unit that suits it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 1.5 * size or (unit == "min" and round(seconds) >= size):
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def _window(explanation: Explanation) -> str:
    window = explanation.slo.window
    interval = f"{moment(explanation.start)} to {moment(explanation.end)}"
    if isinstance(window, CalendarWindow):
        return f"{window.text} by the calendar of {plain(window.time_zone)}, now {interval}"
    return f"the last {window.text}, now {interval}"


def _method(slo: SLO) -> str:
    match slo.budgeting_method:
        case BudgetingMethod.OCCURRENCES:
            return "Occurrences: good events / valid events"
        case BudgetingMethod.TIMESLICES:
            how = "Timeslices: good slices / counted slices"
        case BudgetingMethod.RATIO_TIMESLICES:
            how = "RatioTimeslices: the mean of the slices' ratios"
    empty = f"slices without events {_EMPTY.get(slo.no_data, slo.no_data)}"
    limit = f" for up to {in_words(slo.silence_after)}" if slo.no_data == "carry" else ""
    return f"{how}; {empty}{limit}"


def _objective(slo: SLO, one: ObjectiveExplained) -> Iterator[str]:
    objective = one.objective
    weight = f", weight {objective.weight}" if slo.composite else ""
    yield f"  [bold]{plain(objective.name)}[/]: at least {percent(float(objective.target))}{weight}"
    for counting in one.counted:
        yield f"    {counting.role:<8} {_counting(counting, one)}"
    yield f"    weight   {plain(one.counted[0].weight_field)} of the event, 1 where it has none"
    if groups := one.counted[0].group_by:
        each = plain(", ".join(groups))
        yield f"    series   one per {each}: at most 500, the rest under __other__"
    if objective.slice_seconds is not None:
        yield f"    slices   {_slices(objective)}"
    yield f"    budget   {_budget(one.budget)}"
    yield from _alerts(one.alerts)


def _counting(counting: Counting, one: ObjectiveExplained) -> str:
    query = f"[cyan]{plain(counting.query)}[/]"
    if counting.role == "good" and len({c.topic for c in one.counted}) == 1:
        return f"those of them with {query}"
    return f"events of {plain(counting.topic)} with {query}"


def _slices(objective: Objective) -> str:
    length = f"of {in_words(objective.slice_seconds or 0)}"
    if objective.slice_target is None:
        return length
    return f"{length}, good with at least {percent(float(objective.slice_target))}"


def _budget(budget: Budget) -> str:
    said = [f"{percent(float(budget.ratio))} may fail"]
    said.append(f"{brief(budget.full_outage_seconds)} of full outage")
    if budget.allowed_slices is not None:
        said.append(f"{budget.allowed_slices:,.6g} of {budget.slices:,} slices")
    elif budget.allowed_events is None:
        said.append(f"{float(budget.ratio * _MANY):,.6g} of every {_MANY:,} events")
    if budget.allowed_events is not None:
        said.append(f"{budget.allowed_events:,.6g} of the {budget.events:,} events in the window")
    return ", ".join(said)


def _alerts(alerts: tuple[Alert, ...]) -> Iterator[str]:
    if not alerts:
        return
    if alerts[0].is_default:
        yield "    alerts   the default ones: recorded and shown, sent nowhere"
    else:
        yield "    alerts"
    for alert in alerts:
        yield f"      {_condition(alert)}"
        if alert.silent is not None:
            yield f"        [yellow]tells nobody[/]: {plain(alert.silent)}"
        yield from _reactions(alert)


def _reactions(alert: Alert) -> Iterator[str]:
    if alert.never is not None:
        yield f"        [yellow]never fires[/]: {plain(alert.never)}"
    elif alert.condition.asks_for_budget:
        yield "        fires once the budget is that short"
    elif not alert.reactions:
        yield "        [yellow]fires while little fails[/]: it compares with lt or lte"
    for found in alert.reactions:
        yield f"        {_reaction(found, alert)}"


def _condition(alert: Alert) -> str:
    condition = alert.condition
    windows = plain(condition.lookback_text)
    if condition.short_window_text:
        windows += f" and {plain(condition.short_window_text)}"
    said = [f"{_SIGNS[condition.op]} {float(condition.threshold):.6g} over {windows}"]
    if condition.alert_after:
        said.append(f"for {in_words(condition.alert_after)}")
    if condition.min_bad_events > 1:
        said.append(f"with {condition.min_bad_events:,} bad events or more")
    if condition.budget_below is not None:
        said.append(f"with less than {percent(float(condition.budget_below))} of the budget left")
    if condition.exhausted_within_text is not None:
        said.append(f"with a budget that lasts {plain(condition.exhausted_within_text)} or less")
    told = f", tells {plain(', '.join(alert.targets))}" if alert.targets else ""
    severity = plain(condition.severity or "no severity")
    name = f"{plain(alert.policy)}/{plain(condition.name)}"
    return f"[bold]{name}[/] ({severity}): burn rate {' '.join(said)}{told}"


def _reaction(found: Reaction, alert: Alert) -> str:
    failing = f"{percent(float(found.error_ratio)):>4} failing"
    if found.detected_after is None or found.reset_after is None:
        return f"{failing}: never"
    until = "within" if alert.condition.short_window is None else "after"
    return (
        f"{failing}: fires after {brief(found.detected_after)}, "
        f"resolves {until} {brief(found.reset_after)} of calm"
    )
