"""Builds the api out of its parts and runs it."""

import time
from contextlib import AsyncExitStack
from functools import partial

from prometheus_client import CollectorRegistry

from services.api.app import Door, Ports, create_app
from services.api.heartbeat import Heartbeat
from services.api.keyring import Keyring, Keyrings, TokenKeyring
from services.api.metrics import Metrics
from services.api.outlet import Outlet
from services.api.reception import Limits
from services.api.self_report import SelfReport
from services.api.settings import ApiSettings, mapping_of
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import open_event_writer
from shared.runtime import run_main, run_service
from shared.sql.alerts import SqlAlerts
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import require_current
from shared.sql.notifications import SqlNotifications
from shared.sql.period_rows import SqlPeriodTotals
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences
from shared.sql.tokens import SqlTokens


async def main(settings: ApiSettings) -> None:
    """Open what the api needs, run it, and close it all in reverse."""
    connection = KafkaConnection.of(settings)
    metrics = Metrics(CollectorRegistry())
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(
            open_engine(settings.database_url, lock_timeout_ms=settings.database_lock_timeout_ms)
        )
        outlet = await stack.enter_async_context(
            Outlet(lambda: open_event_writer(connection, settings.ingest_group))
        )
        tokens = SqlTokens(engine)
        own = TokenKeyring(tokens, time.time, settings.api_tokens_file)
        keyring = Keyrings(own, *issuers_of(settings))
        definitions, shards = SqlDefinitions(engine), SqlShards(engine)
        heartbeat = Heartbeat(definitions, partial(require_current, engine))
        report = SelfReport(outlet, metrics) if settings.self_report else None
        app = create_app(
            Ports(
                definitions=definitions,
                statuses=shards,
                cluster=SqlCluster(engine),
                segments=shards,
                periods=SqlPeriodTotals(engine),
                alerts=SqlAlerts(engine),
                silences=SqlSilences(engine),
                events=outlet,
                notifications=SqlNotifications(engine),
                tokens=tokens,
            ),
            Limits(
                settings.too_late_seconds,
                settings.future_seconds,
                settings.intake_body_bytes,
                settings.intake_requests_per_second,
            ),
            metrics,
            door=Door(keyring if settings.asks else None, own.forget, settings.secure),
            stale_after=settings.stale_after_seconds,
            readiness=heartbeat.reasons,
            report=report,
        )
        background = [heartbeat.run, *([report.run] if report else [])]
        await run_service(
            app, host=settings.http_host, port=settings.http_port, background=background
        )


def issuers_of(settings: ApiSettings) -> list[Keyring]:
    """Return whose tokens are taken besides our own."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return []
    # Imported here: only who names an issuer needs the cryptography library.
    from services.api.oidc import Issuer, IssuerKeyring

    issuer = Issuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_claim,
        mapping_of(settings.oidc_scopes),
        settings.oidc_team_claim,
    )
    return [IssuerKeyring(issuer)]


def run() -> None:
    """Start the api with settings from the environment."""
    run_main("api", ApiSettings, main)
