"""The smallest story that goes wrong without each rule."""

import random
from dataclasses import dataclass

from tests.unit.protocol import mutations as broken
from tests.unit.protocol.actors import Evaluator, Reader, Rules
from tests.unit.protocol.adversary import Verdict, finish
from tests.unit.protocol.world import HOUR, MINUTE, SECOND, Log, Record, World

LATE = 30 * HOUR
SENT = "A starts, A reads 1, A flushes, A sends 9, "


@dataclass(frozen=True)
class Story:
    """Records of every source, and what happens, line by line."""

    rules: type[Rules]
    records: tuple[Record, ...]
    lines: str
    sources: int = 1


def at(
    offset: int,
    timestamp: int,
    slis: tuple[int, ...] = (0, 1),
    event: int | None = None,
    arrival: int | None = None,
) -> Record:
    """A record of this offset and timestamp (s or ms from an hour on), that arrives then."""
    event = offset if event is None else event
    timestamp = ms(timestamp)
    arrival = max(timestamp, 0) if arrival is None else ms(arrival)
    return Record(offset, timestamp, arrival, event, slis)


def ms(time: int) -> int:
    """Small numbers are seconds; -1 is a missing timestamp."""
    return time * SECOND if 0 <= time < HOUR else time


STORIES = {
    "start_at_commit": Story(
        broken.StartAtCommit,
        (at(0, 0), at(1, 1), at(2, 2)),
        SENT + "A reads 1, A flushes, A sends 2",
    ),
    "commit_before_acks": Story(
        broken.CommitBeforeAcks, (at(0, 0), at(1, 60)), "A starts, A reads 2, A sends 1"
    ),
    "skip_unchanged_flush": Story(
        broken.SkipUnchangedFlush,
        (at(0, 0), at(1, 1, (0,)), at(2, LATE)),
        "clock at 1, " + SENT + "A reads 1, A flushes, A sends 9, log starts 2",
    ),
    "skip_unchanged_final": Story(
        broken.SkipUnchangedFinal,
        (at(0, 0), at(1, 1, (0,)), at(2, 60)),
        SENT + "A reads 2, A sends 9",
    ),
    "no_drop": Story(
        broken.NoDrop,
        (at(0, 0), at(1, 1), at(2, 60)),
        "Z starts, A starts, A reads 3, A flushes, A sends 9, Z reads 1, Z flushes, Z sends 2",
    ),
    "name_by_first": Story(
        broken.NameByFirst, (at(0, 0), at(3, LATE)), "clock at 1, " + SENT + "log starts 1"
    ),
    "cut_on_change": Story(
        broken.CutOnChange,
        tuple(at(o, t, arrival=62) for o, t in enumerate((59, 60, 58, 61, 57, 62))),
        SENT,
    ),
    "cut_by_blocks": Story(
        broken.CutByBlocks,
        (at(8, 600), at(9, 10, arrival=600), at(10, 70, arrival=600), at(11, 71, arrival=700)),
        "clock at 600, A starts, A reads 3, A flushes, A sends 99, log starts 9",
    ),
    "torn_saves": Story(broken.TornSaves, (at(0, 0),), SENT + "E starts, E applies, E saves"),
    "revision_mid_session": Story(
        broken.RevisionMidSession,
        (at(0, 0), at(1, 1)),
        "A starts, A reads 1, definitions change, A reads 1, A flushes, A sends 9",
    ),
    "watermark_after_drop": Story(broken.WatermarkAfterDrop, (at(0, 0),), SENT),
    "claim_before_acks": Story(
        broken.ClaimBeforeAcks,
        (at(0, 0),),
        "A starts, A reads 1, A flushes, A sends 2, E starts, E applies, E looks",
    ),
    "identity_is_s": Story(
        broken.IdentityIsS,
        (at(0, 0), at(3, LATE), at(4, LATE)),
        "clock at 1, " + SENT + "log starts 1, B starts, clock at 108000, A reads 1, A flushes,"
        " A sends 99, B reads 2, B flushes, B sends 2",
    ),
    "missing_is_near": Story(
        broken.MissingIsNear,
        (at(8, -1, event=7), at(9, -1, event=7, arrival=LATE), at(10, -1, arrival=LATE + SECOND)),
        "clock at 108000, A starts, A reads 2, A flushes, A sends 99",
    ),
    "ignore_partitions": Story(
        broken.IgnorePartitions, (at(0, 0),), SENT + "E starts, E applies, E looks", sources=2
    ),
}


def tell(story: Story, rules: Rules) -> Verdict:
    """Play a story by these rules; then let everything come to rest, and judge."""
    logs = [Log(list(story.records)) for _ in range(story.sources)]
    world = World(logs, 2, random.Random(0))
    last = story.records[-1].arrival
    world.now = last
    actors: dict[str, Reader | Evaluator] = {}
    for line in story.lines.rstrip(", ").split(", "):
        play(world, rules, actors, *line.split())
    world.now = last + 10 * MINUTE
    return finish(world, rules)


def play(
    world: World,
    rules: Rules,
    actors: dict[str, Reader | Evaluator],
    name: str,
    verb: str,
    number: str = "1",
) -> None:
    """One line; E evaluates counts partition 0, others are readers of source 0."""
    match verb, actors.get(name):
        case "starts", _ if name == "log":
            world.logs[0].start = int(number)
        case "starts", _:
            actors[name] = Evaluator(world, 0, rules) if name == "E" else Reader(world, 0, rules)
        case "at" | "change" as what, _:
            if what == "at":
                world.now = int(number) * SECOND
            else:
                redefine(world, rules, actors)
        case what, Reader() as reader:
            read(reader, what, int(number))
        case what, Evaluator() as evaluator:
            verbs = {"applies": "apply_next", "saves": "save", "looks": "check_watermark"}
            getattr(evaluator, verbs[what])()


def read(reader: Reader, verb: str, number: int) -> None:
    """Let a reader send, or deliver all and then read or flush."""
    if verb == "sends":
        reader.act(number)
        return
    for _ in range(number):
        reader.act()
        if verb == "reads":
            reader.read()
        else:
            reader.session.flush()


def redefine(world: World, rules: Rules, actors: dict[str, Reader | Evaluator]) -> None:
    """The definitions change, and readers start again where they obey the rule."""
    world.revision += 1
    if rules.restarts:
        actors.update({name: Reader(world, 0, rules) for name in actors})
