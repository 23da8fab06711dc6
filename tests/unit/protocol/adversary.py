"""Random runs: processes start, stop anywhere, come back as zombies; then the verdict."""

import random
from collections import Counter
from dataclasses import dataclass

from tests.unit.protocol.actors import REVISION, SOURCE, Evaluator, Reader, Rules
from tests.unit.protocol.world import (
    Gone,
    Record,
    World,
    cuts,
    is_duplicate,
    random_log,
    retain,
    tick,
)

Key = tuple[int, int, int]  # sli, source, offset


@dataclass(frozen=True)
class Verdict:
    """What went wrong; `true_gap` is no fault, the others are."""

    wrong: bool
    two_revisions: bool
    watermark: bool
    false_gap: bool
    ambiguous: bool
    true_gap: bool
    chunks: int

    def faults(self) -> list[str]:
        names = ("wrong", "two_revisions", "watermark", "false_gap", "ambiguous")
        return [name for name in names if getattr(self, name)]


class Run:
    """One run of the adversary over a world."""

    def __init__(self, world: World, rules: Rules) -> None:
        self.world, self.rules, self.rng = world, rules, world.rng
        self.readers: list[Reader] = []
        self.evaluators = [Evaluator(world, q, rules) for q in range(len(world.topic))]

    def play(self) -> None:
        while (choice := self.rng.random()) >= 0.04 or tick(self.world):
            self.act(choice)
        for _ in range(self.rng.randrange(60)):
            if self.readers:
                self.step_reader()

    def act(self, choice: float) -> None:
        """Let one actor do something, or disturb them all."""
        if 0.04 <= choice < 0.05:
            retain(self.world, self.rng.randrange(len(self.world.logs)))
        elif 0.05 <= choice < 0.08:
            self.disturb()
        elif choice < 0.55 and self.readers:
            self.step_reader()
        elif self.evaluators:
            self.step_evaluator()

    def disturb(self) -> None:
        """Start, kill, take over, regress, redefine, retire and return."""
        world, rng, choice = self.world, self.rng, self.rng.random()
        source = rng.randrange(len(world.logs))
        if choice < 0.5 and len(self.readers) < 6 and world.topic_of(source) not in world.retired:
            self.readers.append(Reader(world, source, self.rules))
        elif choice < 0.65 and self.readers:
            self.readers.remove(rng.choice(self.readers))
        elif choice < 0.82:
            q = rng.randrange(len(world.topic))
            self.evaluators.append(Evaluator(world, q, self.rules))
        elif choice < 0.88 and world.commits[source]:
            world.commits[source].append(rng.choice(world.commits[source]))
        elif choice < 0.94:
            world.revision += 1
        else:
            world.retired ^= {world.topic_of(source)}

    def step_reader(self) -> None:
        """Step one; a session with an old revision drops itself, unless it is a zombie."""
        reader = self.rng.choice(self.readers)
        old = reader.session.revision != self.world.revision and self.rng.random() < 0.3
        if old and self.rules.restarts:
            self.readers.remove(reader)
            return
        try:
            reader.step()
        except Gone:
            self.readers.remove(reader)

    def step_evaluator(self) -> None:
        """Apply, save or look; a fenced one is gone."""
        evaluator, choice = self.rng.choice(self.evaluators), self.rng.random()
        if choice < 0.03:
            evaluator.check_watermark()
        elif choice > 0.4:
            evaluator.apply_next()
        elif not evaluator.save():
            self.evaluators.remove(evaluator)


def finish(world: World, rules: Rules) -> Verdict:
    """Let a last session per source and an evaluator per counts partition run to the end."""
    world.retired.clear()
    for source in range(len(world.logs)):
        reader, idle = Reader(world, source, rules), 0
        while idle < 4:
            idle += reader.step()
        reader.act()
    evaluators = [Evaluator(world, q, rules) for q in range(len(world.topic))]
    for evaluator in evaluators:
        while evaluator.apply_next():
            pass
        evaluator.check_watermark()
    return judge(world, evaluators)


def judge(world: World, evaluators: list[Evaluator]) -> Verdict:
    """Compare the counters with one faultless reader of the whole logs."""
    truth, chunk_of = faultless(world)
    excused = world.tight and world.open_deleted
    wrong = mixed = False
    for q, evaluator in enumerate(evaluators):
        got: Counter[Key] = Counter()
        revisions: dict[tuple[int, int], set[int]] = {}
        for (series, offset), count in evaluator.counters.items():
            wrong |= count not in (0, 1)
            revision, rest = divmod(series, REVISION)
            source, sli = divmod(rest, SOURCE)
            got[sli, source, offset] += count
            if count:
                revisions.setdefault(chunk_of[source, offset], set()).add(revision)
        mixed |= any(len(r) > 1 for r in revisions.values())
        wanted = Counter({key: 1 for key in truth if key[0] % len(evaluators) == q})
        told = evaluator.fold.missed or evaluator.fold.ambiguous
        wrong |= bool(got - wanted) or (bool(wanted - got) and not (excused and told))
    lost = any(e.fold.missed for e in evaluators)
    ambiguous = any(e.fold.ambiguous for e in evaluators)
    stuck = any(e.watermark() < world.now for e in evaluators)
    return Verdict(
        wrong=wrong,
        two_revisions=mixed and not excused,
        watermark=(world.false_claims > 0 and not excused) or stuck,
        false_gap=lost and not world.unread_deleted and not excused,
        ambiguous=ambiguous and not excused and not world.unread_deleted,
        true_gap=lost and world.unread_deleted,
        chunks=len(world.chunks),
    )


def faultless(world: World) -> tuple[set[Key], dict[tuple[int, int], tuple[int, int]]]:
    """What each series must have counted, and the chunk of each record."""
    truth: set[Key] = set()
    chunk_of = {}
    for source, log in enumerate(world.logs):
        chunk: list[Record] = []
        for index, record in enumerate(log.records):
            chunk = [record] if cuts(record, chunk) else [*chunk, record]
            chunk_of[source, record.offset] = source, chunk[0].offset
            if not is_duplicate(record, log.records[:index]):
                truth |= {(sli, source, record.offset) for sli in record.slis}
    return truth, chunk_of


def run(seed: int, rules: Rules) -> Verdict:
    """One random run of the adversary, and its verdict."""
    rng, tight = random.Random(seed), seed % 4 == 3
    logs = [random_log(rng, rng.randint(20, 60), duplicates=not tight) for _ in range(1 + seed % 3)]
    world = World(logs, rng.randint(2, 3), rng, tight=tight)
    world.late_commits = rng.random() < 0.5
    Run(world, rules).play()
    return finish(world, rules)
