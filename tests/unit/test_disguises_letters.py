"""What tells language from what is none: the statistics of letters, and the list of words."""

import codecs

import pytest

from shared.disguises.letters import CLASSES, TABLE, fluency, latin
from shared.disguises.words import is_common, parted

ENGLISH = [
    "the",
    "weather",
    "was",
    "so",
    "pleasant",
    "that",
    "everybody",
    "stayed",
    "outside",
    "until",
    "midnight",
]


def test_there_is_a_number_for_every_three_letters() -> None:
    assert TABLE.stat().st_size == CLASSES**3


@pytest.mark.parametrize(
    "sentence",
    [
        "the weather was so pleasant that everybody stayed outside until midnight",
        "das Wetter war so schön dass alle bis Mitternacht draußen geblieben sind",
        "il faisait si beau que tout le monde est resté dehors jusqu'à minuit",
        "hacía tan buen tiempo que todos se quedaron fuera hasta medianoche",
    ],
)
def test_language_is_likelier_than_the_same_letters_turned(sentence: str) -> None:
    words = sentence.split()
    said = sum(map(fluency, words))
    assert said > 20
    assert sum(fluency(word[::-1]) for word in words) < said - 20
    assert sum(fluency(codecs.encode(latin(word), "rot13")) for word in words) < -100


@pytest.mark.parametrize("word", ["", "k1ll", "слово", "言葉", "a" * 41, "\udc80"])
def test_what_is_no_latin_word_says_nothing_either_way(word: str) -> None:
    assert fluency(word) == 0


def test_accents_and_capitals_make_no_difference() -> None:
    assert fluency("CAFÉ") == fluency("cafe")
    assert latin("Straße") == "strasse"
    assert latin("don\u2019t") == "dont"


def test_words_part_where_they_most_likely_end() -> None:
    assert parted("".join(ENGLISH)).split() == ENGLISH
    assert parted("Understanding") == "Understanding"
    assert parted("слово") == "слово"
    assert is_common("weather")
    assert not is_common("wheater")
