"""Traces of what takes time, for a collector that speaks OpenTelemetry; off unless there is one.

Requests need nothing here: FastAPI records them by itself once there is a provider.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""The variables of OpenTelemetry that name the collector; one of them switches traces on."""

log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("leeway")


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    **attributes: str | int,
) -> Iterator[Span]:
    """Record how long the block takes, and of what type an error is that leaves it.

    What the error says is left out: it may hold a secret. Attributes are named `leeway.NAME`.
    Costs next to nothing when traces are off.
    """
    named = {f"leeway.{key}": value for key, value in attributes.items()}
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=named, record_exception=False, set_status_on_exception=False
    ) as found:
        try:
            yield found
        except Exception as error:
            found.set_status(StatusCode.ERROR, type(error).__name__)
            raise


@contextmanager
def exporting_traces(service: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Send spans to the collector that the environment names while the block runs, if it does."""
    provider = _provider(service) if any(environment.get(name) for name in ENDPOINTS) else None
    if provider is None:
        yield
        return
    trace.set_tracer_provider(provider)
    log.info("traces are exported")
    try:
        yield
    finally:
        provider.shutdown()


def _provider(service: str) -> "TracerProvider | None":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces are exported: install leeway-sla[otel], or unset the endpoint")
        return None
    resource = Resource.create({"service.name": f"leeway-{service}"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
