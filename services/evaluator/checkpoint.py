"""The bytes of a shard's checkpoint: everything that is not counts, names or marks in SQL."""

from collections.abc import Mapping

import msgspec
import numpy as np
import zstandard

from services.evaluator.domain.alerting import Alerting, OpenAlert
from services.evaluator.domain.breach import Breaches
from services.evaluator.domain.correction import Corrections
from services.evaluator.domain.counters import Counters
from services.evaluator.domain.derived import Derived
from services.evaluator.domain.fold import Fold
from services.evaluator.domain.fold_codec import decode_fold, encode_fold
from services.evaluator.domain.period_end import PeriodEnds
from services.evaluator.domain.progress import Progress
from services.evaluator.domain.register import Register
from services.evaluator.domain.running_sum import Head
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.sliced import PartState, SliceState
from services.evaluator.domain.slices import Slices
from services.evaluator.domain.span import Closed
from shared.domain.errors import LeewayError
from shared.domain.slo import CalendarWindow
from shared.domain.window import Between, Calendar, WindowKey
from shared.rows import Names, decode_names, encode_names
from shared.sql.shard_rows import Claim
from shared.windowcode import Code, coded, decoded

VERSION = 1


class UnreadableCheckpoint(LeewayError):
    """A stored checkpoint is not ours, or of a version this release cannot read."""


class _Part(msgspec.Struct, array_like=True, gc=False, frozen=True):
    first: int
    since: int
    edge: tuple[int, int]
    last: tuple[int, int]


class _Slices(msgspec.Struct, array_like=True, gc=False, frozen=True):
    series: int
    until: int
    parts: list[_Part]


class _Head(msgspec.Struct, array_like=True, gc=False, frozen=True):
    since: int
    until: int
    rows: bytes
    counts: bytes


class State(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What is stored of a shard beside its counts and names, as of one moment."""

    version: int
    fold: bytes
    last: bytes  # time of every row's newest event
    breached_at: list[tuple[str, str, int, int]]
    undefined: dict[int, int]
    clean: list[int]  # rows that nobody has and that hold nothing
    thinned: dict[int, int]
    skipped: int
    alerts: list[OpenAlert] = []
    judged: tuple[int, int] = (-1, 0)  # the last second, and the definitions' revision
    slices_to: int = 0  # in seconds of the log
    slices: list[_Slices] = []
    corrected: list[int] = []  # series of counts after exclusions
    heads: list[_Head] = []
    periods: list[tuple[Code, int]] = []  # until when the totals of periods are stored


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(State)


def state_of(shard: Shard) -> State:
    """Return the state of a shard, to be stored with its position and its counts."""
    return State(
        VERSION,
        encode_fold(shard.fold),
        shard.register.last.astype("<i8").tobytes(),
        [(*key, at) for key, at in shard.breaches.marks().items()],
        dict(shard.undefined.since),
        list(shard.register.rows.clean),
        dict(shard.progress.thinned),
        shard.progress.skipped,
        shard.alerting.open_alerts(),
        (shard.alerting.at, shard.alerting.revision),
        shard.derived.slices.to,
        _packed(shard.derived.slices.states()),
        sorted(shard.derived.corrections.known),
        [_packed_head(head) for head in shard.heads()],
        [(coded(Calendar(w)), end) for w, end in shard.progress.period_ends.marks.items()],
    )


def encode_state(state: State) -> bytes:
    """Return a state as it is stored; safe to do in another thread."""
    return zstandard.compress(_ENCODER.encode(state), 1)


def encode_names_of(shard: Shard) -> bytes:
    """Return the names of a shard's rows and groups as bytes."""
    return encode_names(Names(shard.register.rows.series, shard.register.groups.names()))


def restored(
    claim: Claim, number: int, shards: int, at: int, windows: tuple[WindowKey, ...]
) -> Shard:
    """Return the shard of a claim, with counters still to be filled from what is stored."""
    if claim.state is None:
        progress = Progress(claim.next_offset, claim.topic_id)
        counters = Counters(at, windows)
        fold = Fold(number, shards)
        derived = Derived(Corrections(), Slices())
        return Shard(fold, Register(), counters, progress, Breaches(), derived, Alerting(), at)
    state = _decoded(claim.state)
    names = decode_names(claim.names) if claim.names else Names(np.empty(0, np.uint64))
    last = np.frombuffer(state.last, "<i8")
    register = Register(names.series, names.groups, last, state.clean)
    counters = Counters(at, windows, map(_unpacked_head, state.heads))
    counters.ensure_rows(len(register.rows))
    closed = Closed(claim.closed_10s, claim.closed_60s)
    progress = Progress(
        claim.next_offset, claim.topic_id, state.skipped, closed, dict(state.thinned)
    )
    written = {_calendar(code): end for code, end in state.periods}
    progress.period_ends = PeriodEnds(written, revision=state.judged[1])
    marks = {(slo, objective, series): at for slo, objective, series, at in state.breached_at}
    slices = Slices(state.slices_to, _unpacked(state.slices))
    derived = Derived(Corrections(state.corrected), slices)
    fold = decode_fold(state.fold)
    alerting = Alerting(state.alerts, *state.judged)
    return Shard(
        fold,
        register,
        counters,
        progress,
        Breaches(marks),
        derived,
        alerting,
        at,
        state.undefined,
    )


def _packed(states: Mapping[int, SliceState]) -> list[_Slices]:
    return [
        _Slices(
            series,
            state.until,
            [_Part(part.first, part.since, part.edge, part.last) for part in state.parts],
        )
        for series, state in states.items()
    ]


def _unpacked(packed: list[_Slices]) -> dict[int, SliceState]:
    return {
        one.series: SliceState(
            one.until,
            tuple(PartState(part.first, part.since, part.edge, part.last) for part in one.parts),
        )
        for one in packed
    }


def _calendar(code: Code) -> CalendarWindow:
    window = decoded(code)
    if not isinstance(window, Calendar):
        raise UnreadableCheckpoint(f"{code} is no calendar window")
    return window.window


def _packed_head(head: Head) -> _Head:
    return _Head(
        head.window.since,
        head.window.until or 0,
        head.rows.astype("<i8").tobytes(),
        head.counts.astype("<i8").tobytes(),
    )


def _unpacked_head(head: _Head) -> Head:
    rows = np.frombuffer(head.rows, "<i8").astype(np.int64)
    counts = np.frombuffer(head.counts, "<i8").astype(np.int64).reshape(2, -1)
    return Head(Between(head.since, head.until), rows, counts)


def _decoded(data: bytes) -> State:
    try:
        state = _DECODER.decode(zstandard.decompress(data))
    except (msgspec.MsgspecError, zstandard.ZstdError) as error:
        raise UnreadableCheckpoint(f"not a checkpoint: {error}") from error
    if state.version != VERSION:
        raise UnreadableCheckpoint(f"version {state.version}, this release reads {VERSION}")
    return state
