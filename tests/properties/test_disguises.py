"""Whatever the text, looking under it ends; and what is disguised comes to light word for word."""

import codecs
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.disguises import DISGUISES
from shared.disguises import MOST_READINGS, is_opaque, unmasked

SENTENCES = (
    "The old lighthouse keeper walks along the quiet harbour every single evening.",
    "My sister bought seven green apples and a loaf of brown bread yesterday.",
    "We should probably leave before the storm reaches the northern valley.",
    "Nobody in the village remembers who painted that beautiful wooden door.",
    "Please water the plants on the balcony while I am travelling abroad.",
    "The children were laughing because the puppy had stolen another slipper.",
)
texts = st.text(
    st.characters()
    | st.sampled_from(
        "aeiou th.\n@$!%&;#\\ux0123456789=+/-_\u0301\u200b\udc80\x00\u0430\U0001d41a\U000e0041"
    ),
    max_size=300,
)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


@settings(max_examples=400)
@given(texts)
def test_no_text_is_too_strange(text: str) -> None:
    found = [one.text for one in unmasked(text)]
    assert len(found) <= MOST_READINGS
    assert text not in found
    assert len(set(found)) == len(found)
    is_opaque(text)


@given(texts, st.sampled_from(["base64", "hex", "rot13", "reversed"]))
def test_no_strange_text_is_too_strange_in_disguise(text: str, way: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    disguised = {
        "base64": codecs.encode(content, "base64").decode(),
        "hex": content.hex(),
        "rot13": codecs.encode(text, "rot13"),
        "reversed": text[::-1],
    }[way]
    assert len(list(unmasked(disguised))) <= MOST_READINGS


@pytest.mark.parametrize("technique", DISGUISES)
@pytest.mark.parametrize("sentence", SENTENCES, ids=range(len(SENTENCES)))
def test_a_disguised_sentence_comes_to_light(sentence: str, technique: str) -> None:
    found = [words(one.text) for one in unmasked(DISGUISES[technique](sentence))]
    wanted = words(sentence)
    assert any(wanted == some[at : at + len(wanted)] for some in found for at in range(len(some)))


@pytest.mark.parametrize(
    "technique", ["ROT13", "backwards", "words backwards", "spaced", "base64", "hexadecimal"]
)
@pytest.mark.parametrize(
    "sentence",
    [
        "Die alte Frau geht jeden Abend durch den Wald und singt dabei leise vor sich hin.",
        "Le vieux gardien se promenait chaque soir avec son chien dans les rues du village.",
        "La abuela siempre cuenta historias muy largas cuando llueve por la tarde.",
        "Il vecchio pescatore racconta sempre storie meravigliose quando piove la sera.",
    ],
    ids=["de", "fr", "es", "it"],
)
def test_a_disguised_sentence_in_another_language_comes_to_light(sentence: str, technique: str) -> None:
    found = [words(one.text) for one in unmasked(DISGUISES[technique](sentence))]
    assert words(sentence) in found


@pytest.mark.parametrize("sentence", SENTENCES, ids=range(len(SENTENCES)))
def test_a_plain_sentence_says_nothing_besides_itself(sentence: str) -> None:
    assert list(unmasked(sentence)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "a",
        "A1",
        "a ",
        "a.",
        "xq ",
        "uryyb ",
        "%41",
        "&#65;",
        "\\u0041",
        "41 ",
        "aGVsbG8=\n",
        "=",
        "\n",
        "é\u0301",
        "\u0430",
        "!@",
    ],
)
def test_the_time_grows_with_the_text_and_no_faster(pattern: str) -> None:
    def seconds(size: int) -> float:
        text = (pattern * size)[:size]
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            list(unmasked(text))
            is_opaque(text)
            best = min(best, time.process_time() - start)
        return best

    seconds(1_000)
    assert seconds(160_000) < 40 * (seconds(10_000) + 0.01)
