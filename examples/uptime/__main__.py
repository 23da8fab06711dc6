"""Looks at a URL every few seconds and reports to Leeway: `python -m examples.uptime URL`."""

import argparse
import time

import httpx

from examples.uptime.reporter import Reporter

LOOK_SECONDS = 5.0


def main() -> None:
    """Look, report, and go on until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="what to look at: any answer below 500 is up")
    parser.add_argument("--service", required=True)
    parser.add_argument("--probe", required=True, help="name of this probe")
    parser.add_argument("--server", default="http://127.0.0.1:8080", help="Leeway's api")
    given = parser.parse_args()
    reporter = Reporter(given.service, given.probe)
    with httpx.Client(timeout=LOOK_SECONDS) as client:
        while True:
            event = reporter.report(time.time(), up=is_up(client, given.url))
            if event is not None:
                answer = client.post(
                    f"{given.server}/v1/events", params={"source": "uptime"}, json=event
                )
                answer.raise_for_status()
            time.sleep(LOOK_SECONDS)


def is_up(client: httpx.Client, url: str) -> bool:
    """Tell whether a URL answers."""
    try:
        return client.get(url).status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
