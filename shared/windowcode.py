"""How the windows of a snapshot are written: a rolling one without slices is its length."""

from shared.domain.slo import CalendarWindow
from shared.domain.window import Between, Calendar, Rolling, WindowKey

Code = int | list[int | str]


def coded(window: WindowKey) -> Code:
    """Return a window as plain values."""
    if isinstance(window, Calendar):
        return [window.back, *_fields(window.window)]
    if isinstance(window, Between):
        return ["since", window.since, window.until or 0]
    if window.anchor is not None:
        return [window.seconds, window.grid, *_fields(window.anchor)]
    return [window.seconds, window.grid] if window.grid else window.seconds


def decoded(code: Code) -> WindowKey:
    """Return the window that was written so."""
    if isinstance(code, int):
        return Rolling(code)
    match code:
        case [int(seconds), int(grid)]:
            return Rolling(seconds, grid)
        case ["since", int(since), int(until)]:
            return Between(since, until or None)
        case [int(back), int(count), str(unit), str(text), str(start), str(zone)]:
            return Calendar(CalendarWindow(count, unit, text, start, zone), back)
        case [
            int(seconds),
            int(grid),
            int(count),
            str(unit),
            str(text),
            str(start),
            str(zone),
        ]:
            return Rolling(seconds, grid, CalendarWindow(count, unit, text, start, zone))
    raise ValueError(f"{code} is no window")


def _fields(window: CalendarWindow) -> tuple[int, str, str, str, str]:
    return window.count, window.unit, window.text, window.start, window.time_zone
