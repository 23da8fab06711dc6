"""Which receiver serves which kind of target."""

from collections.abc import Mapping

from services.evaluator.delivery.http import Http
from services.evaluator.delivery.receiver import Posted, Receiver
from services.evaluator.delivery.receivers import (
    alertmanager_webhook,
    pagerduty,
    slack,
    webhook,
)
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from services.evaluator.delivery.receivers.apprise_url import Apprise
from services.evaluator.delivery.receivers.mail import Mail
from services.evaluator.delivery.receivers.opsgenie import Opsgenie
from shared.domain.target import TargetKind


def receivers(http: Http) -> Mapping[TargetKind, Receiver]:
    """Return a receiver for every kind of target."""
    opsgenie = Opsgenie(http)
    return {
        TargetKind.ALERTMANAGER: Alertmanager(http),
        TargetKind.ALERTMANAGER_WEBHOOK: Posted(http, alertmanager_webhook.requests),
        TargetKind.APPRISE: Apprise(),
        TargetKind.EMAIL: Mail(),
        TargetKind.JIRA: opsgenie,
        TargetKind.OPSGENIE: opsgenie,
        TargetKind.PAGERDUTY: Posted(http, pagerduty.requests),
        TargetKind.SLACK: Posted(http, slack.requests),
        TargetKind.WEBHOOK: Posted(http, webhook.requests),
    }
