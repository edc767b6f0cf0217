"""The split: no group on two sides, nothing measured that was learned, every text's part the same for ever."""

import pytest

from local.content_safety.classifier import split
from tests.content_safety.made import example

TRAIN = [
    example(f"{source} text {group} {copy}", source=source, group=f"{source}:{group}")
    for source in ("rtplx_multi_even", "pyrit_answers", "jbb_answers", "clean_some", "davidson_tweets")
    for group in range(60)
    for copy in range(3)
]


def test_no_group_is_on_two_sides_and_every_text_is_on_one() -> None:
    sides = [split.learned(TRAIN, []), split.calibrating(TRAIN), split.held_out(TRAIN)]
    groups = [{one.group for one in side} for side in sides]
    assert all(groups)
    assert sum(len(side) for side in sides) == len(TRAIN)
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]


def test_an_eighth_calibrates_and_an_eighth_measures_of_the_sources_that_are_held_out_from() -> None:
    held = [one for one in TRAIN if one.source != "davidson_tweets"]
    for part in (split.calibrating(held), split.held_out(held)):
        assert 0.06 < len(part) / len(held) < 0.2
        assert len({one.source for one in part}) == 4


def test_of_other_sources_everything_is_learned() -> None:
    tweets = [one for one in TRAIN if one.source == "davidson_tweets"]
    assert split.learned(tweets, []) == tweets
    assert {split.part(one) for one in tweets} == {None}


@pytest.mark.parametrize(
    ("group", "part"), [("prompt:a", 7), ("rtplx:2", 0), ("rtplx:3", 1), ("rtplx:1", 2), ("rtplx:5", 5)]
)
def test_a_group_keeps_its_part_for_ever(group: str, part: int) -> None:
    """Worked out from sha256sum; another part would let the shipped models be measured on what they learned."""
    assert split.part(example("anything", source="clean_some", group=group)) == part
    assert split.part(example("in translation", source="rtplx_multi_even", group=group)) == part


def test_the_part_depends_on_nothing_but_the_group() -> None:
    backwards = {one.text for one in split.calibrating(TRAIN[::-1])}
    assert backwards == {one.text for one in split.calibrating(TRAIN)}
    half = TRAIN[::3]
    assert {one.text for one in split.calibrating(half)} == backwards & {one.text for one in half}


def test_a_development_text_is_never_learned_whatever_its_spelling() -> None:
    dev = [example("The Lamp -- is GREEN!", source="ailuminate_en_30")]
    train = [example("the lamp is green"), example("the lamp is blue")]
    assert [one.text for one in split.learned(train, dev)] == ["the lamp is blue"]


def test_of_development_files_whose_groups_are_learned_only_the_held_out_groups_measure() -> None:
    dev = [example(f"{at}", source="rtplx_multi_prompts", group=f"rtplx:{at}") for at in range(200)]
    other = [example(f"o{at}", source="rtplx_en_odd", group=f"rtplx:{at}") for at in range(20)]
    measuring = split.measured([*dev, *other])
    assert [one for one in measuring if one.source == "rtplx_en_odd"] == other
    translated = [one for one in measuring if one.source != "rtplx_en_odd"]
    assert 0.06 < len(translated) / len(dev) < 0.2
    learned = {one.group for one in split.learned([*dev], [])}
    assert not learned & {one.group for one in translated}


def test_a_source_of_gathered_texts_is_on_one_side_as_a_whole() -> None:
    def sides(*sources: str) -> set[bool]:
        return {
            split.calibrates_clean(example(f"{at}", source=source, group=f"doc:{at}"))
            for source in sources
            for at in range(20)
        }

    for family in split.MEASURING_FAMILIES:
        assert sides(family, f"{family}-en", f"{family}_de") == {False}
    assert sides("wordnet", "wordnet-verbs", "jargon") == {True}
    assert sides("manpagesx") == {True}, "a family is a whole word"
