from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from shared import tracing
from shared.tracing import exporting_traces, span


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What a collector would have got."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("leeway"))
    yield exporter
    provider.shutdown()


def test_a_span_lies_below_the_one_around_it(exported: InMemorySpanExporter) -> None:
    with span("tick"), span("flush", shard=3):
        pass
    inner, outer = exported.get_finished_spans()
    assert (inner.name, dict(inner.attributes or {})) == ("flush", {"leeway.shard": 3})
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id


def test_an_error_is_noted_by_its_type_and_never_by_what_it_says(
    exported: InMemorySpanExporter,
) -> None:
    with pytest.raises(ValueError, match="t0ken"), span("notify"):
        raise ValueError("t0ken")
    (found,) = exported.get_finished_spans()
    assert (found.status.status_code, found.status.description) == (StatusCode.ERROR, "ValueError")
    assert "t0ken" not in found.to_json()


def test_nothing_is_exported_unless_a_collector_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_up: list[object] = []
    monkeypatch.setattr(trace, "set_tracer_provider", set_up.append)
    with exporting_traces("api", {"OTEL_SERVICE_NAME": "x"}):
        assert set_up == []
    with exporting_traces("api", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}):
        (provider,) = set_up
        assert isinstance(provider, TracerProvider)
        assert provider.resource.attributes["service.name"] == "leeway-api"
