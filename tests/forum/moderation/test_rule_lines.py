"""Prove that rules meet every listed disguise and leave every innocent line alone."""

import pytest

from forum.text.lattice import read
from forum.text.phrases import PhraseSet
from tests.forum.moderation.rule_lines import LEFT_ALONE, MET, RULES

COMPILED = PhraseSet(RULES)


class TestRuleLines:
    def test_the_set_is_large_enough_and_repeats_no_line(self) -> None:
        lines = [line for *_, line in MET] + [line for _, line in LEFT_ALONE]
        assert len(set(lines)) == len(lines) >= 300

    @pytest.mark.parametrize(("kind", "phrase", "line"), MET, ids=[f"{kind}: {line!a}" for kind, _, line in MET])
    def test_disguised_phrase_is_met(self, kind: str, phrase: str, line: str) -> None:
        assert phrase in COMPILED.hits(read(line))

    @pytest.mark.parametrize(("kind", "line"), LEFT_ALONE, ids=[f"{kind}: {line!a}" for kind, line in LEFT_ALONE])
    def test_innocent_line_is_left_alone(self, kind: str, line: str) -> None:
        assert COMPILED.hits(read(line)) == {}

    @pytest.mark.parametrize(("kind", "phrase", "line"), MET, ids=[f"{kind}: {line!a}" for kind, _, line in MET])
    def test_place_of_a_hit_holds_the_phrase_by_itself(self, kind: str, phrase: str, line: str) -> None:
        start, end = COMPILED.hits(read(line))[phrase][0]
        assert phrase in COMPILED.hits(read(line[start:end]))
