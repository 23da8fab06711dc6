"""What the api tells Prometheus about itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The api's metrics, in a registry of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Histogram(
            "leeway_api_request_seconds",
            "How long requests took, by route and status.",
            ["method", "route", "status"],
            registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.events = Counter(
            "leeway_api_events",
            "Events that came in over HTTP, by data source and result.",
            ["source", "result"],
            registry=registry,
        )
        self.self_reports_dropped = Counter(
            "leeway_api_self_reports_dropped",
            "Events about the api's own requests that were dropped because too many waited.",
            registry=registry,
        )
