"""Random promises and happenings: near every bound that matters, rarely anywhere else."""

from dataclasses import replace
from operator import or_

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.oracle.calendar import CalendarWindow, period_at
from tests.oracle.case import Case, Fate, Happening, Promise, Rule, Way
from tests.oracle.exclusion import Again
from tests.oracle.waiver import PREDICATES, Waiver
from tests.oracle.window import DAY, HOUR, MINUTE, Interval

MOST_TICKS = 150
FEW = 15  # ticks, where the oracle takes longer

TARGETS = st.sampled_from(["0.5", "0.9", "0.99", "0.999", "0.0"])
ROLLING = st.sampled_from(["5m", "17m", "1h", "61m", "6h", "7h", "1d", "3d", "4d", "2w", "30d"])
SPANS = st.sampled_from([0, MINUTE, 10 * MINUTE, HOUR, 7 * HOUR, DAY, 4 * DAY, 40 * DAY])
GRIDS = st.sampled_from([1, 10, MINUTE, 15 * MINUTE, HOUR, DAY])
NEAR = st.sampled_from([0, 0, 0, -1, 1, -1000, 1000, 5_300])
BASES = st.sampled_from(
    [
        1_764_072_000,  # 2025-11-25T12:00:00Z
        1_774_742_400,  # 2026-03-29T00:00:00Z: Berlin springs forward
        1_775_314_800,  # 2026-04-04T15:00:00Z: Lord Howe falls back half an hour
        1_772_323_200,  # 2026-03-01T00:00:00Z
        1_767_225_600,  # 2026-01-01T00:00:00Z
    ]
)


@st.composite
def moments(draw: DrawFn, promise: Promise, base: int, span: int) -> int:
    """A moment in ms within the span after `base`, mostly at or beside some bound."""
    at = base + draw(st.integers(0, span))
    grid = draw(GRIDS)
    at -= at % grid
    if promise.start is not None and draw(st.booleans()):
        window = promise.objective.window
        assert isinstance(window, CalendarWindow)
        at = period_at(window, at).start
    return at * 1000 + draw(NEAR)


LOOKBACKS = st.sampled_from(["5m", "10m", "1h", "61m", "6h", "1d", "3d", "4d"])
SHORTS = st.none() | st.sampled_from(["1m", "5m", "7m", "30m", "2h"])
PATIENCE = st.sampled_from(["0m", "0m", "1m", "5m", "2h", "1d"])
RULES = st.builds(
    Rule,
    lookback=LOOKBACKS,
    threshold=st.sampled_from(["0.5", "1", "2", "5"]),
    op=st.sampled_from(["gt", "gte", "gte", "lt", "lte"]),
    short=SHORTS,
    alert_after=PATIENCE,
    keep_firing_for=PATIENCE,
    min_bad_events=st.sampled_from([1, 1, 2, 3, 1000]),
    budget_below=st.sampled_from([None, None, None, "0.25", "0.9", "1"]),
    exhausted_within=st.sampled_from([None, None, None, "5m", "6h", "3d"]),
    no_data=st.booleans(),
)

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"]
)
STARTS = st.sampled_from(
    [
        *("2026-01-01 00:00:00", "2025-01-31 00:00:00", "2024-02-29 12:00:00"),
        *("2025-11-24 06:15:00", "2026-03-29 02:30:00", "2025-12-31 23:45:00"),
    ]
)

METHODS = st.sampled_from(["Timeslices", "RatioTimeslices"])
SLICE_TARGETS = st.sampled_from(["0.5", "0.9", "0.99"])
NO_DATA = st.sampled_from(["exclude", "good", "bad", "carry"])
SILENCES = st.sampled_from(["1m", "17m", "1h", "1d", "7d"])
GROUPS = st.sampled_from([None, None, "tenant"])
# Windows and slices: not so many slices that the oracle takes long.
ROLLING_SLICES = [
    *(("5m", "1m"), ("17m", "1m"), ("1h", "4m"), ("61m", "5m"), ("6h", "2m"), ("7h", "20m")),
    *(("1d", "10m"), ("1d", "4m"), ("3d", "12m"), ("4d", "1h"), ("2w", "6h"), ("30d", "1d")),
]
CALENDAR_SLICES = [
    *(("1h", "1m"), ("5h", "20m"), ("1d", "7h"), ("1d", "5m"), ("1w", "1h"), ("1M", "5h")),
    *(("1h", "4m"), ("5h", "2h"), ("1d", "20m"), ("2d", "1h"), ("1w", "6h"), ("1Q", "1d")),
]


@st.composite
def sliced(draw: DrawFn, *, calendar: bool) -> Promise:
    """A promise over slices."""
    window, length = draw(st.sampled_from(CALENDAR_SLICES if calendar else ROLLING_SLICES))
    return Promise(
        target=draw(TARGETS),
        window=window,
        start=draw(STARTS) if calendar else None,
        zone=draw(ZONES) if calendar else "UTC",
        method=draw(METHODS),
        slice=length,
        slice_target=draw(SLICE_TARGETS),
        no_data=draw(NO_DATA),
        silence_after=draw(SILENCES),
        group_by=draw(GROUPS),
        rules=tuple(draw(st.lists(RULES, max_size=1))),
    )


ON_TIME = st.just(0)
LATE = st.sampled_from([0, 0, 0, -300, -7, 9, MINUTE, HOUR, 7 * HOUR, DAY, 4 * DAY])
VERY_LATE = LATE | st.just(40 * DAY)


@st.composite
def cases(
    draw: DrawFn,
    promises: SearchStrategy[Promise],
    delays: SearchStrategy[int] = ON_TIME,
    most_ticks: int = MOST_TICKS,
) -> Case:
    """A whole case; the clock does not tick so often that the oracle takes long."""
    promise, base, span = draw(promises), draw(BASES), draw(SPANS)
    happenings = st.builds(
        Happening,
        at=moments(promise, base, span),
        good=st.booleans(),
        weight=st.sampled_from([1, 1, 1, 0, 2, 1000]),
        service=st.sampled_from(["shop", "shop", "shop", "other"]),
        tenant=st.sampled_from(["a", "b"]),
        delay=delays,
    )
    found = draw(st.lists(happenings, min_size=1, max_size=30))
    case = Case(promise, found)
    at = None
    if draw(st.booleans()):
        at = draw(moments(promise, base, span + HOUR)) // 1000
    last = case.last if at is None else at
    least = max(1, (last - case.first) // most_ticks)
    every = draw(
        st.sampled_from([1, 10, 13, MINUTE, HOUR, DAY, 10 * DAY]).filter(lambda n: n >= least)
    )
    case = Case(promise, found, every, at)
    assume(delays is ON_TIME or not case.is_backfilled)
    return case


LENGTHS = st.sampled_from([1, 10, 59, MINUTE, 15 * MINUTE, HOUR, 7 * HOUR, DAY, 4 * DAY])
AGAIN = st.builds(
    Again,
    start=st.sampled_from(
        [
            *("2025-11-24 00:00:00", "2025-11-25 12:15:00", "2025-12-31 23:59:53"),
            *("2026-01-31 02:30:00", "2025-06-01 02:00:00"),
        ]
    ),
    zone=ZONES,
    duration=st.sampled_from([MINUTE, 90 * MINUTE, 7 * HOUR, 25 * HOUR, 3 * DAY]),
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.sampled_from([1, 1, 2, 3]),
    count=st.sampled_from([None, None, 1, 4, 100]),
)
WEEKLY = st.builds(
    lambda again, weekdays: replace(again, freq="WEEKLY", weekdays=weekdays),
    AGAIN,
    st.sampled_from([(6,), (0, 1, 2, 3, 4), (2, 5)]),
)


@st.composite
def excluding(
    draw: DrawFn, promises: SearchStrategy[Promise], delays: SearchStrategy[int] = ON_TIME
) -> Case:
    """A case, and exclusions that begin at or beside some of its events."""
    case = draw(cases(promises, delays, FEW))
    beginnings = st.sampled_from([one.at // 1000 for one in case.happenings]).flatmap(
        lambda at: st.sampled_from([at, at - at % HOUR, at + 1, at - 7, at - DAY])
    )
    once = st.builds(lambda start, length: Interval(start, start + length), beginnings, LENGTHS)
    waivers = st.builds(
        Waiver,
        times=once | AGAIN | WEEKLY,
        predicate=st.none() | st.sampled_from(sorted(PREDICATES)),
        of_service=st.booleans(),
    )
    return replace(case, waivers=draw(st.lists(waivers, min_size=1, max_size=3)))


def events() -> SearchStrategy[Promise]:
    """Promises over events, in rolling windows with alerts and in calendar windows."""
    alerting = st.builds(
        Promise,
        target=TARGETS,
        window=ROLLING,
        group_by=GROUPS,
        rules=st.lists(RULES, max_size=2).map(tuple),
    )
    calendar = st.builds(
        Promise,
        target=TARGETS,
        window=st.sampled_from(["1h", "5h", "1d", "1w", "1M"]),
        start=STARTS,
        zone=ZONES,
        group_by=GROUPS,
    )
    return alerting | calendar


def apart(promises: SearchStrategy[Promise]) -> SearchStrategy[Promise]:
    """Promises of which a few have good and total from two data sources.

    Not in groups: whether all groups together are clamped as one or one by one is not said.
    """
    found = st.builds(
        lambda one, told: replace(one, apart=told, group_by=None),
        promises,
        st.sampled_from(["good", "bad"]),
    )
    return promises | promises | found


FATES = st.sampled_from(
    [
        *(Fate.NOTHING, Fate.SAVE, Fate.DIE, Fate.SAVE | Fate.DIE, Fate.REPEAT),
        Fate.REPEAT | Fate.SAVE | Fate.DIE,
    ]
)


@st.composite
def befallen(draw: DrawFn, found: SearchStrategy[Case]) -> Case:
    """A case whose evaluator saves and dies, and hears things in parts and more than once."""
    way = Way(partitions=draw(st.integers(1, 3)), halves=draw(st.booleans()))
    fates = draw(st.lists(FATES, min_size=1, max_size=7))
    return replace(draw(found), fates=fates, way=way)


@st.composite
def quiet(draw: DrawFn, found: SearchStrategy[Case]) -> Case:
    """A case of which the sources are silent now and then, for so long that it goes stale.

    Its ticks lie so far apart that what was late has faded (docs/adr/0015), and what is heard of
    does not come too late for its slice.
    """
    case = draw(found)
    silent = st.sampled_from([Fate.NOTHING, Fate.QUIET])
    fates = draw(st.lists(st.builds(or_, FATES, silent), min_size=2, max_size=7))
    every = draw(st.sampled_from([2 * MINUTE, 10 * MINUTE, HOUR, 7 * HOUR]))
    at = case.first + every * draw(st.integers(3, FEW))
    case = replace(case, fates=fates, every=every, at=at)
    heard = [at for tick, at in enumerate(case.ticks) if not case.is_quiet(tick)]
    delays = [
        next((at for at in heard if at >= one.known_at), case.last) - one.at // 1000
        for one in case.happenings
    ]
    assume(case.promise.slice is None or max(delays) < 7 * DAY)
    return case
