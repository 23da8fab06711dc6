"""The generator's truth is itself checked: against its own records, read one by one."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from examples.shop.ledger import Ledger, Opening, Page, judge, total_of
from examples.shop.record import JUNK, records
from examples.shop.traffic import DAY, HOUR, MINUTE, Events, events_of_hour

OPENED = 1_800_000 * MINUTE
FIRST = OPENED // HOUR - 27
SEED = 11


def hours(first: int, last: int, seed: int = SEED) -> list[Events]:
    return [events for hour in range(first, last) for events in events_of_hour(seed, OPENED, hour)]


def counted_by_hand(found: list[Events], since: int, until: int) -> dict[str, list[int]]:
    """Read the records as a stranger would: parse, drop duplicates, look at the fields."""
    seen: set[str] = set()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for _, record in (r for events in found for r in records(events, since, until)):
        if record.value in JUNK.values():
            continue
        event: dict[str, Any] = json.loads(record.value)
        if event["id"] not in seen:
            seen.add(event["id"])
            for name, good in said_of(event):
                counts[name][0] += event.get("count", 1) if good else 0
                counts[name][1] += event.get("count", 1)
    return counts


def said_of(event: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return which objectives count an event, and whether it is good."""
    served = event.get("status", 0) < 500
    match event:
        case {"service": "storefront", "duration_ms": took}:
            return [
                ("storefront-availability/availability/", served),
                ("storefront-month/availability/", served),
                ("storefront-latency/fast/", took <= 300),
                ("storefront-latency/bearable/", took <= 1000),
            ]
        case {"service": "search", "duration_ms": took}:
            return [
                ("search-availability/availability/", served),
                ("search-latency/fast/", took <= 400),
            ]
        case {"service": "checkout", "route": "/checkout"}:
            return [("checkout-availability/availability/", served)]
        case {"service": "payments", "provider": provider}:
            return [
                ("payments-success/success/", served),
                (f"payments-success/success/{provider}", served),
            ]
        case {"service": "pictures", "count": _}:
            return [("pictures-availability/availability/", served)]
        case {"service": "payments-db", "up": up}:
            return [("payments-db-uptime/uptime/", up), ("payments-db-minutes/minutes/", up)]
    return []


def totals(*pages: Page) -> dict[str, list[int]]:
    return {
        "/".join(name): [sum(good for good, _ in c.values()), sum(total for _, total in c.values())]
        for name, c in total_of(pages).items()
    }


def test_the_truth_is_what_a_stranger_reads_out_of_the_records() -> None:
    found = hours(FIRST, FIRST + 3)
    since, until = FIRST * HOUR + 61_234, (FIRST + 3) * HOUR - 17_001
    assert totals(judge(found, since, until)) == counted_by_hand(found, since, until)


def test_pages_add_up_wherever_they_are_cut() -> None:
    found = hours(FIRST, FIRST + 1)
    since, cut, until = FIRST * HOUR, FIRST * HOUR + 1_234_567, (FIRST + 1) * HOUR
    whole = judge(found, since, until)
    parts = judge(found, since, cut), judge(found, cut, until)
    assert totals(*parts) == totals(whole)
    assert sum(part.sent for part in parts) == whole.sent
    assert Counter(parts[0].invalid) + Counter(parts[1].invalid) == Counter(whole.invalid)


def test_the_truth_counts_every_record_that_is_sent() -> None:
    found = hours(FIRST, FIRST + 2)
    since, until = FIRST * HOUR, (FIRST + 2) * HOUR
    sent = [record for events in found for _, record in records(events, since, until)]
    page = judge(found, since, until)
    assert page.sent == len(sent)
    assert sum(page.invalid.values()) == sum(record.value in JUNK.values() for record in sent) > 0
    assert len({record.value for record in sent}) < len(sent)  # some are sent twice


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    def all_bytes(seed: int) -> list[bytes]:
        found = hours(FIRST, FIRST + 1, seed)
        return [r.value for events in found for _, r in records(events, 0, 2 * OPENED)]

    assert all_bytes(1) == all_bytes(1) != all_bytes(2)


def test_three_days_are_of_moderate_size_and_busiest_in_the_afternoon() -> None:
    by_hour = np.zeros(24)
    for events in hours(OPENED // HOUR - 72, OPENED // HOUR):
        np.add.at(by_hour, events.at % DAY // HOUR, 1)
    assert 100_000 < by_hour.sum() < 300_000
    assert 12 <= int(by_hour.argmax()) <= 18
    assert by_hour.max() > 2 * by_hour.min()


def test_the_incident_of_yesterday_spends_the_checkouts_budget() -> None:
    found = hours(OPENED // HOUR - 72, OPENED // HOUR)
    good, total = totals(judge(found, 0, OPENED))["checkout-availability/availability/"]
    assert (total - good) / total > 0.001


def test_a_ledger_gives_back_what_was_stated(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "truth.jsonl")
    opening = Opening(SEED, OPENED)
    assert ledger.open(opening) == (opening, None)
    page = judge(hours(FIRST, FIRST + 1), FIRST * HOUR, (FIRST + 1) * HOUR)
    ledger.add(page)
    assert list(ledger.pages()) == [page]
    assert ledger.open(Opening(99, 99)) == (opening, page.until)


def test_a_line_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "truth.jsonl")
    ledger.open(Opening(SEED, OPENED))
    with ledger.path.open("a") as file:
        file.write('{"since":1,')
    assert list(ledger.pages()) == []
