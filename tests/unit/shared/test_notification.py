from datetime import UTC, datetime

from shared.notification import (
    Event,
    Figures,
    Notification,
    decode_notification,
    encode_notification,
    notification_id,
)

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
FIRING = Notification(
    id=notification_id("a1", 2, "on-call"),
    alert="a1",
    sequence=2,
    event=Event.FIRING,
    at=AT,
    starts_at=AT,
    slo="checkout-availability",
    objective="availability",
    policy="fast-burn",
    condition="page",
    severity="page",
    page=True,
    target="on-call",
    figures=Figures(0.999, "30d", burn_rates={"5m": 20.5, "1h": None}, exhausted_at=AT),
    group={"tenant": "ä\n"},
)


def test_what_was_written_is_read_again() -> None:
    assert decode_notification(encode_notification(FIRING)) == FIRING


def test_a_key_that_a_later_release_added_is_passed() -> None:
    text = encode_notification(FIRING).replace('{"id"', '{"later":1,"id"', 1)
    assert decode_notification(text) == FIRING


def test_two_targets_of_one_transition_have_keys_of_their_own() -> None:
    assert notification_id("a1", 2, "slack") == "a1/2/slack" != FIRING.id
