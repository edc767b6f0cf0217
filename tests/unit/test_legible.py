"""Which answers anybody can read: in a language, as code, or decoded; and which are unscored."""

import base64
import codecs
import string

import pytest

from shared.refusals import is_unreadable

SPOKEN = (
    "The old lighthouse keeper walks along the quiet harbour every evening and feeds the gulls on the wall"
)
KEYED = str.maketrans(string.ascii_lowercase, "zebrascdfghijklmnopqtuvwxy")
RANDOM = str.maketrans(string.ascii_lowercase, "qmzkxwvbjpyhtgdfnlrscauoei")
GREEK = str.maketrans(string.ascii_lowercase, "αβψδεφγηιξκλμνοπθρστυωχυζς")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "No.",
        "👍",
        SPOKEN,
        "Die Straßenbahnhaltestelle liegt übrigens gleich gegenüber dem alten Rathaus, dort warten wir auf euch.",
        "Quizá mañana el señor Ibáñez explique por qué ningún vecino quiso subir aquella tarde al campanario.",
        "Aujourd'hui, l'œuvre que j'ai lue près du fleuve m'a rappelé les étés où nous pêchions des gardons.",
        "Perché gli gnocchi della zia Ildegarda scivolano giù così bene, nessuno in paese l'ha mai capito.",
        "Amanhã não vou à praia com os irmãos, porque o avião de São João chega às três da manhã.",
        "1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946",
        "- 2 eggs\n- 200 g of flour\n- 1 pinch of salt\n- milk\n- butter",
        "| name | age |\n|---|---|\n| Ann | 40 |\n| Bob | 41 |",
        "def read(path):\n    return [int(x, 16) for x in open(path).read().split(',')]  # a list of numbers",
        "SELECT id, name FROM guests WHERE arrived IS NULL ORDER BY name LIMIT 20;",
        codecs.encode(SPOKEN, "rot13"),
        base64.b64encode(SPOKEN.encode()).decode(),
        SPOKEN.encode().hex(),
        "   ".join(" ".join(word) for word in SPOKEN.split()),
        SPOKEN[::-1],
        "The Greek word for sea is θάλασσα, and the Russian one is море.",
    ],
)
def test_language_code_lists_numbers_and_what_decodes_are_readable(answer: str) -> None:
    assert not is_unreadable(answer)


@pytest.mark.parametrize(
    "answer",
    [
        SPOKEN.lower().translate(KEYED),
        SPOKEN.lower().translate(RANDOM),
        SPOKEN.lower().translate(GREEK),
        SPOKEN.lower().translate(RANDOM).replace(" ", ""),
        f"{SPOKEN}. {SPOKEN.lower().translate(RANDOM)}",
        f"Sure, with pleasure:\n\n{SPOKEN.lower().translate(KEYED)}",
        f"{base64.b64encode(b'a harmless note').decode()} {SPOKEN.lower().translate(RANDOM)}",
        SPOKEN.lower().translate(RANDOM)[:60],
        "🐟🐚" * 30,
        "".join(chr(0x2800 + ord(letter)) for letter in SPOKEN),
        base64.b85encode(bytes(range(7, 256)) * 2).decode(),
    ],
)
def test_a_cipher_that_nothing_decodes_is_unreadable(answer: str) -> None:
    assert is_unreadable(answer)
