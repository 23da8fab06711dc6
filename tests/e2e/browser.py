"""A real browser, started once for all tests that ask for it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class NoBrowser(Exception):
    """There is no Chromium on this machine."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start Chromium; raise NoBrowser."""
    path = shutil.which("chromium")
    if path is None:
        raise NoBrowser("chromium is not installed (Debian: chromium, fonts-dejavu-core)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
