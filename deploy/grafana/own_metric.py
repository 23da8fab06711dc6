"""Queries of Leeway's own metrics, by the processes that the dashboard is about."""

EVALUATOR = 'instance=~"$instance",job="evaluator"'


def summed(metric: str, by: str = "", where: str = "") -> str:
    """Return the sum of a metric, for each value of the labels `by`."""
    return f"sum{f' by ({by})' if by else ''} ({metric}{{{here(where)}}})"


def rate_of(metric: str, by: str = "", where: str = "") -> str:
    """Return how fast a counter grows, in all or for each value of the labels `by`."""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{{{here(where)}}}[$__rate_interval]))"


def here(where: str) -> str:
    """Return label matchers for the instances that were chosen."""
    return ",".join(filter(None, ['instance=~"$instance"', where]))


def quantile(metric: str, share: float, by: str = "") -> str:
    """Return the value below which this share of a histogram lies."""
    labels = ", ".join(filter(None, ["le", by]))
    return f"histogram_quantile({share}, {rate_of(f'{metric}_bucket', labels)})"


def or_none(expression: str) -> str:
    """Return the expression with 0 where a counter has not begun."""
    return f"{expression} or vector(0)"


def greatest(metric: str) -> str:
    """Return the greatest value of each instance."""
    return f"max by (instance) ({metric}{{{here('')}}})"
