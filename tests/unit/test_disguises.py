"""What a disguised text is read as, and that an ordinary one is left alone."""

import base64
import binascii
import itertools
import random
import string
import uuid
from collections import Counter

import pytest

from shared.disguises import Unmasked, is_opaque, turned, unmasked
from shared.disguises.letters import fluency

PLAIN = "The old lighthouse keeper walks along the quiet harbour every single evening"


def texts(text: str) -> list[str]:
    return [one.text for one in unmasked(text)]


def words(text: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in text.lower()).split()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "",
        "   \n\t ",
        "Call me at 10am on the 1st, the 2nd or the 3rd; the H264 file (mp3, 5kg, v1.0) costs $50.",
        "Mail anna@example.org or @harbour_office, and see https://example.org/a/b-c_d?q=1&r=2#top for more.",
        "Die alte Frau geht jeden Abend über die Straße und füttert die Vögel im Park.",
        "L'été dernier, nous avons mangé des crêpes près de la forêt où naît la rivière.",
        "Kedi her sabah pencerenin önünde oturur ve güneşin doğuşunu sessizce izler, sıkılmaz.",  # noqa: RUF001
        "Старый смотритель маяка гуляет вдоль тихой гавани каждый вечер.",
        "灯台守の老人は毎晩静かな港を歩いています。",
        "def read(path): return [int(x, 16) for x in open(path).read().split(',')] # TODO_LIST_OF_NAMES",
        "U.S.A., e.g. A, B, C and D: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25",
        "A smile 😀, a family 👨‍👩‍👧, half a cup (½), 20 °C, x² and a trade mark™, that's “all”…",
        "Tom &amp; Jerry &nbsp; said &quot;hello&quot; &lt;b&gt;",
        str(uuid.UUID(int=random.Random(1).getrandbits(128))),
        random.Random(2).randbytes(32).hex(),
        base64.b64encode(random.Random(3).randbytes(600)).decode(),
        "GATCCTAGGCATTAGC" * 30,
    ],
    ids=range(18),
)
def test_an_ordinary_text_says_nothing_besides_itself(text: str) -> None:
    assert texts(text) == []


@pytest.mark.parametrize(
    ("disguised", "said"),
    [
        ("y0u h4v3 a n1c3 h0us3", "you have a nice house"),
        ("Please w4it for me", "Please wait for me"),
        ("Please wаit for me", "Please wait for me"),  # noqa: RUF001
        ("Please w\u200bait for me", "Please wait for me"),
        ("Please w\x00ait for me", "Please wait for me"),
        ("We met at the h-a-r-b-o-u-r today", "We met at the harbour today"),
        ("We met. T h e   s h i p   i s   l a t e.", "We met. The ship is late."),
        ("N.i.c.e. .s.h.i.p", "Nice ship"),
        ("t-h*e o.l_d s/h-i*p i.s l_a-t/e", "the old ship is late"),
        ("Old ships wait here: 0ld sh1p5 w4it h3re", "Old ships wait here: old ships wait here"),
        ("t h e o l d s h i p i s l a t e a g a i n", "the old ship is late again"),
        ("the%20ship%20is%20late%20again", "the ship is late again"),
        ("&#116;&#104;&#101; &#115;&#104;&#105;&#112;", "the ship"),
        (r"\u0074\u0068\u0065 \u0073\u0068\u0069\u0070", "the ship"),
        ("%2574%2568%2565%2520%2573%2568%2569%2570", "the ship"),
        ("𝔗𝔥𝔢 𝔰𝔥𝔦𝔭", "The ship"),  # noqa: RUF001
    ],
)
def test_in_place(disguised: str, said: str) -> None:
    assert said in texts(disguised)


def test_what_is_encoded_in_prose_is_read_in_its_place_and_alone() -> None:
    for code in (base64.b64encode(PLAIN.encode()).decode(), PLAIN.encode().hex()):
        found = texts(f"Answer this one: {code} and be quick")
        assert [" ".join(text.split()) for text in found] == [f"Answer this one: {PLAIN} and be quick", PLAIN]


def test_what_is_turned_within_prose_is_read_in_its_place_and_alone() -> None:
    found = texts(
        f"Answer this one, please, as quickly as you can manage it: {PLAIN[::-1]} and be very quick about that"
    )
    assert PLAIN in found
    assert any(text.startswith("Answer this one") and PLAIN in text for text in found)


@pytest.mark.parametrize("skipped", [1, 2, 3])
def test_letters_glued_before_base64_do_not_hide_it(skipped: int) -> None:
    code = "a" * skipped + base64.b64encode(PLAIN.encode()).decode()
    assert any("lighthouse keeper walks" in text for text in texts(code))


@pytest.mark.parametrize("said", [PLAIN, PLAIN.upper(), PLAIN.replace("o", "ö").replace("y e", "y' e")])
def test_what_is_shifted_is_read_with_its_accents_and_capitals(said: str) -> None:
    small, capital = string.ascii_lowercase, string.ascii_uppercase
    shifted = said.translate(str.maketrans(small + capital, small[3:] + "abc" + capital[3:] + "ABC"))
    assert said in turned.unshifted(shifted)


def test_a_word_that_no_shift_changes_is_not_tried_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters of another alphabet, and those with an accent, stay as they are: a text full of them is read once."""
    tried = Counter[str]()

    def counted(word: str) -> float:
        tried[word] += 1
        return fluency(word)

    monkeypatch.setattr(turned, "fluency", counted)
    words = ["".join(letters) for letters in itertools.product("źẍḱĵẃжあ", repeat=3)]
    turned._foreignness.cache_clear()
    assert list(turned.unshifted(" ".join(words))) == []
    assert tried.keys() >= {"źẍḱ", "жあж"}
    assert max(tried.values()) <= 2
    assert tried.total() < 2 * len(words)


def test_base64_written_backwards_is_read() -> None:
    code = base64.b64encode(PLAIN.encode()).decode()[::-1]
    assert any(PLAIN in text for text in texts(code))


def test_one_byte_that_is_no_text_does_not_hide_the_rest() -> None:
    code = base64.b64encode(PLAIN.encode() + b"\xff").decode()
    assert any("lighthouse keeper walks" in text for text in texts(code))


def test_each_line_of_base64_is_read() -> None:
    lines = [
        base64.b64encode(line.encode()).decode()
        for line in (PLAIN, "Nobody else was out that late, it seems.")
    ]
    assert any("lighthouse" in text and "Nobody else" in text for text in texts("\n".join(lines)))


def test_base64_in_another_script_is_read() -> None:
    said = "Старый смотритель маяка гуляет вдоль тихой гавани"
    assert said in [text.strip() for text in texts(base64.b64encode(said.encode()).decode())]


def test_what_stands_in_tag_characters_is_read() -> None:
    assert PLAIN in texts("A fine day." + "".join(chr(0xE0000 + ord(letter)) for letter in PLAIN))


def test_disguises_one_over_the_other_are_read() -> None:
    leet = PLAIN.translate(str.maketrans("aeio", "4310"))
    code = base64.b64encode(base64.b64encode(leet.encode()).hex().encode()).decode()
    assert words(PLAIN) in [words(text) for text in texts(code)]


@pytest.mark.parametrize(("layers", "is_read"), [(1, True), (4, True), (12, True), (13, False), (17, False)])
def test_deeper_than_is_looked_is_said_to_be_unread(layers: int, is_read: bool) -> None:
    code = PLAIN.encode()
    for _ in range(layers):
        code = base64.b64encode(code)
    found = list(unmasked(code.decode()))
    assert (words(PLAIN) in [words(one.text) for one in found]) == is_read
    assert all(one.is_all for one in found) == is_read


def test_a_long_dark_stretch_is_opaque() -> None:
    noise = random.Random(5)
    assert is_opaque(base64.b64encode(noise.randbytes(200)).decode())
    assert is_opaque("See " + noise.randbytes(150).hex() + " there.")
    assert is_opaque(base64.encodebytes(noise.randbytes(400)).decode())


@pytest.mark.parametrize(
    "text",
    [
        PLAIN * 20,
        base64.b64encode(PLAIN.encode() * 5).decode(),
        binascii.hexlify(PLAIN.encode() * 5).decode(),
        "-" * 500,
        "0" * 500,
        "灯台守の老人は毎晩静かな港を歩いています" * 20,
        "https://example.org/" + "/".join(words(PLAIN * 4)),
        base64.b64encode(random.Random(6).randbytes(60)).decode(),
    ],
    ids=range(8),
)
def test_what_can_be_read_or_is_short_or_says_nothing_is_not_opaque(text: str) -> None:
    assert not is_opaque(text)


def test_a_text_found_is_not_shown() -> None:
    assert PLAIN not in repr(Unmasked(technique="encoded", text=PLAIN))
