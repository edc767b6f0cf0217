"""Windows: they cover the whole text, overlap, stand where their characters stand, and know their script."""

import itertools
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.content_safety.classifier import features, scripts, windows
from local.content_safety.classifier.windows import END, PIECES, START, STRIDE, VOCABULARY, Window, cut

EMOJI = "\U0001f642"
PARTS = [
    "lamp ",
    "unbelievably ",
    "q\u0301 ",
    "e\u0301",
    "日本",
    "テ",
    EMOJI,
    "\U0001f468\u200d\U0001f469",
    "…",
    "Straße ",
    "0x7f ",
]
TEXTS = {
    "Latin": "The unbelievably green lamp flickers. " * 60,
    "combining": "q\u0301x m\u0303a e\u0301t " * 80,
    "emoji": f"so {EMOJI}{EMOJI} good " * 90,
    "CJK": "日本語のテキストです。" * 60,
    "Cyrillic": "хлеб свежий и вкусный " * 40,
    "marks": "." * 700,
    "one word": "x" * 5000,
    "joined emoji": EMOJI * 800,
}


def pieces(normalised: str) -> list[int]:
    return windows.tokenizer().encode(normalised, add_special_tokens=False).ids


def places(normalised: str, found: list[Window]) -> list[tuple[int, int]]:
    """Where each window's characters stand, each begun behind the one before it."""
    at, spans = 0, []
    for window in found:
        at = normalised.index(window.text, at + 1 if spans else 0)
        spans.append((at, at + len(window.text)))
    return spans


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_windows_cover_the_whole_text(text: str) -> None:
    normalised = features.normalise(text)
    ids = pieces(normalised)
    found = list(cut(normalised))
    assert len(found) == (1 if len(ids) <= PIECES else 1 + -(-(len(ids) - PIECES) // STRIDE))
    assert found[0].text == normalised[: len(found[0].text)]
    assert normalised.endswith(found[-1].text)
    seen = [at for at, window in enumerate(found) for _ in window.ids[1:-1]]
    assert len(seen) >= len(ids)
    for at, window in enumerate(found):
        assert (window.ids[0], window.ids[-1]) == (START, END)
        assert window.ids[1:-1] == ids[at * STRIDE : at * STRIDE + PIECES]
    assert found[-1].ids[1:-1] == ids[(len(found) - 1) * STRIDE :]


@given(st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 70)), max_size=12))
@settings(max_examples=40)
def test_no_character_is_left_out_and_none_is_moved(parts: list[tuple[str, int]]) -> None:
    normalised = features.normalise("".join(part * count for part, count in parts))
    encoding = windows.tokenizer().encode(normalised, add_special_tokens=False)
    reached = 0
    for at, window in enumerate(cut(normalised)):
        start = encoding.offsets[at * STRIDE][0] if at else 0
        assert normalised[start : start + len(window.text)] == window.text
        assert start <= reached
        reached = start + len(window.text)
    assert reached == len(normalised)


@given(st.text(max_size=600))
@settings(max_examples=60)
def test_any_text_has_a_window_and_its_end_is_in_the_last(text: str) -> None:
    normalised = features.normalise(text)
    found = list(cut(normalised))
    assert found
    assert normalised.startswith(found[0].text)
    assert normalised.endswith(found[-1].text)
    assert sum(len(window.text) for window in found) >= len(normalised)


@pytest.mark.parametrize("name", ["Latin", "combining", "CJK"])
def test_the_pieces_of_a_window_are_those_of_its_characters(name: str) -> None:
    """Were an offset wrong by one, the n-gram model would judge other words than the encoder."""
    normalised = features.normalise(TEXTS[name])
    for window in cut(normalised):
        own = pieces(window.text)
        # A word that the cut parts is read as other pieces on its own; all between its neighbours are the same.
        ids = window.ids[1:-1]
        assert own[12:-12] == ids[12:-12] or " ".join(map(str, ids[12:-12])) in " ".join(map(str, own))


@pytest.mark.parametrize("name", ["Latin", "CJK", "Cyrillic"])
def test_neighbours_share_a_third(name: str) -> None:
    found = list(cut(features.normalise(TEXTS[name])))
    assert len(found) > 2
    for left, right in itertools.pairwise(found):
        assert left.ids[1:-1][STRIDE:] == right.ids[1:-1][: PIECES - STRIDE]


@pytest.mark.parametrize("count", [1, PIECES - 1, PIECES, PIECES + 1, PIECES + STRIDE, PIECES + STRIDE + 1])
def test_the_number_of_windows_changes_where_the_pieces_no_longer_fit(count: int) -> None:
    found = list(cut(" ".join(["lamp"] * count)))
    expected = 1 if count <= 126 else 2 if count <= 210 else 3
    assert len(found) == expected
    assert len(found[-1].ids) == count - 84 * (expected - 1) + 2


@pytest.mark.parametrize("text", ["", " ", "\u0301", "\t\n"])
def test_a_text_without_word_pieces_is_one_window_of_all_its_characters(text: str) -> None:
    (window,) = cut(text)
    assert (window.text, window.ids) == (text, [START, END])


def test_a_window_does_not_show_its_text() -> None:
    (window,) = cut("quixotic canary")
    assert "canary" not in repr(window)


def readings(text: str) -> list[list[tuple[str, bool]]]:
    return [[(one.text, one.read) for one in found] for found in windows.readings(text)]


def test_a_text_with_letters_of_another_script_is_read_without_them_besides() -> None:
    assert readings("the lamp is green") == [[("the lamp is green", True)]]
    mixed = "the лампа is very зеленая и большая green"
    assert readings(mixed) == [[(mixed, False)], [("the  is very    green", True)]]
    mostly = "the green lamp is very green: лам"
    assert readings(mostly) == [[(mostly, True)], [("the green lamp is very green: ", True)]]


def test_a_few_latin_names_are_no_reading_of_their_own() -> None:
    text = "хлеб от ikea очень вкусный"
    assert readings(text) == [[(text, False)]]


def test_much_padding_in_another_script_leaves_every_latin_word_in_a_read_window() -> None:
    words = [f"lamp{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(200)]
    whole, alone = readings(" ".join(f"{word} 日本語のテキスト" for word in words))
    assert not any(read for _, read in whole)
    assert all(read for _, read in alone)
    assert {word for text, _ in alone for word in text.split()} >= set(words)


@given(st.text(st.sampled_from("ab жλ日.1" + EMOJI), max_size=900))
@settings(max_examples=60)
def test_every_reading_of_a_text_with_a_letter_has_a_window_and_each_window_a_letter(text: str) -> None:
    normalised = features.normalise(text)
    if not any(character.isalpha() for character in normalised):
        return
    for found in windows.readings(normalised):
        assert found
        assert all(any(character.isalpha() for character in one.text) for one in found)


def test_stretches_without_a_letter_are_no_windows() -> None:
    ((window, *others),) = windows.readings("the lamp is green " + ". " * 1000)
    assert "lamp" in window.text
    assert others == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("the lamp is green", True),
        ("là où l'été finit, größer", True),
        ("ấm nước màu xanh", True),
        ("日本語のテキスト", False),
        ("日本語のテキスト", False),
        ("مرحبا بالعالم", False),
        ("नमस्ते दुनिया", False),
        ("the lamp: лампа", False),
        ("the green lamp: лам", True),
        ("the λ of the spring", True),
        ("1234 ... !", True),
        ("", True),
        (EMOJI, True),
    ],
)
def test_a_text_is_read_where_nearly_all_letters_are_latin(text: str, read: bool) -> None:
    assert scripts.are_read(features.normalise(text)) is read


def test_seven_latin_letters_of_ten_are_enough_and_six_are_not() -> None:
    assert scripts.are_read("abcdefgжжж")
    assert not scripts.are_read("abcdefжжжж")


def test_the_text_without_other_scripts_keeps_everything_else() -> None:
    assert scripts.latin_alone("the лампа green, (хлеб) don't 7") == "the  green, () don't 7"
    assert scripts.latin_alone("the lamp is green") == "", "there is nothing to leave out"
    assert scripts.latin_alone("ikea и bmw") == "", "two names are no sentence"
    assert scripts.latin_alone("日本語のテキスト") == ""


@pytest.mark.parametrize("apart", ["\n\n", "\n \t\n"])
def test_each_paragraph_is_read_by_itself_as_well(apart: str) -> None:
    text = apart.join(("the lamp is green", "...", "the sofa\nis old", "the lamp is green"))
    whole, alone = readings(text)
    assert whole == [(text, True)]
    assert alone == [("the lamp is green", True), ("the sofa\nis old", True)]


def test_a_paragraph_in_another_script_is_read_as_one() -> None:
    text = "the lamp is very green\n\n日本語のテキスト"
    *_, paragraphs = readings(text)
    assert paragraphs == [("the lamp is very green", True), ("日本語のテキスト", False)]


def test_the_vocabulary_is_the_base_models() -> None:
    # What `vocab.txt` of all-MiniLM-L6-v2 hashes to: a piece out of place would give every text the wrong numbers.
    assert sha256(VOCABULARY.read_bytes()).hexdigest() == (
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
    )
