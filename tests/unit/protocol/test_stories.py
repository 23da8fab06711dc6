"""One directed story for every rule of the protocol: it holds, and without the rule it does not."""

import pytest

from tests.unit.protocol.actors import Rules
from tests.unit.protocol.stories import STORIES, tell


@pytest.mark.parametrize("name", STORIES)
def test_the_story_ends_well_by_the_rules(name: str) -> None:
    assert tell(STORIES[name], Rules()).faults() == []


@pytest.mark.parametrize("name", STORIES)
def test_the_story_goes_wrong_when_its_rule_is_taken_out(name: str) -> None:
    story = STORIES[name]
    good, bad = tell(story, Rules()), tell(story, story.rules())
    assert bad.faults() or bad.chunks > good.chunks


def test_there_is_a_story_for_every_mutation_of_the_specification() -> None:
    assert len(STORIES) == 15
