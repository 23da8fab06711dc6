"""The example probe, and what its definitions make of its reports."""

from examples.uptime.reporter import SIGN_OF_LIFE, Reporter


def test_a_probe_reports_changes_and_signs_of_life() -> None:
    reporter = Reporter("billing-db", "eu-1")
    looks = [(0.0, True), (5.0, True), (10.0, False), (15.0, False), (10 + SIGN_OF_LIFE, False)]
    reports = [reporter.report(at, up=up) for at, up in looks]
    said = [None if report is None else (report["ts"], report["up"]) for report in reports]
    assert said == [(0.0, True), None, (10.0, False), None, (10 + SIGN_OF_LIFE, False)]
