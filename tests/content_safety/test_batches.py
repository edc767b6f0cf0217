"""What the encoder is shown: every example once in a pass, within the budget, the same for the same seed."""

import math
from collections import Counter

import numpy as np
import pytest

from local.content_safety.classifier import batches
from local.content_safety.classifier.batches import BATCH_PIECES, Epochs, Shown
from local.content_safety.classifier.windows import PIECES, tokenizer
from tests.content_safety.made import THINGS, example

SHORT = [example(f"the {one} stands beside a {two}", source="mistaken") for one in THINGS for two in THINGS]
HARMFUL = [
    example(f"i zorble your {THINGS[at % 10]} and {THINGS[(at + at // 10) % 10]}", 0.25 + at / 200)
    for at in range(70)
]
LONG = [example(f"{word} " * 400, harm) for word, harm in (("lamp", 0.0), ("sofa", 1.0), ("window", 0.5))]
EXAMPLES = [*SHORT, *HARMFUL, *LONG]


def same(left: list[list[Shown]], right: list[list[Shown]]) -> bool:
    """Whether batches are the same in the same order."""
    return [[one.ids for one in batch] for batch in left] == [[one.ids for one in batch] for batch in right]


def test_the_same_seed_shows_the_same_batches_and_another_seed_others() -> None:
    one, two, other = Epochs(EXAMPLES, seed=3), Epochs(EXAMPLES, seed=3), Epochs(EXAMPLES, seed=4)
    first, second = one.next(), one.next()
    assert same(first, two.next())
    assert same(second, two.next())
    assert not same(first, second), "a second pass is shuffled anew"
    assert not same(first, other.next())


def test_every_example_is_shown_once_in_each_pass() -> None:
    epochs = Epochs(HARMFUL, seed=3)
    expected = Counter(round(one.labels[0] or 0, 6) for one in HARMFUL)
    assert len(expected) == len(HARMFUL), "the labels tell the examples apart"
    for _ in range(3):
        shown = [one for batch in epochs.next() for one in batch]
        assert Counter(round(float(one.labels[0]), 6) for one in shown) == expected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_batch_keeps_its_budget_with_the_padding_counted(seed: int) -> None:
    for batch in Epochs(EXAMPLES, seed=seed).next():
        longest = max(len(one.ids) for one in batch)
        assert len(batch[-1].ids) == longest, "the trainer pads to the last"
        assert len(batch) == 1 or (longest + 2) * len(batch) <= BATCH_PIECES
        assert longest <= PIECES


def test_batches_are_filled() -> None:
    found = Epochs(EXAMPLES, seed=1).next()
    needed = sum(len(one.ids) + 2 for batch in found for one in batch) / BATCH_PIECES
    assert len(found) <= math.ceil(needed) + 2


def test_a_joined_text_keeps_its_label_and_its_weight_and_stands_whole_in_it() -> None:
    plain = {
        tuple(tokenizer().encode(one.text, add_special_tokens=False).ids): one for one in [*SHORT, *HARMFUL]
    }
    by_label = {np.float32(one.labels[0]): ids for ids, one in plain.items() if one in HARMFUL}
    joined = 0
    shown = [one for batch in Epochs([*SHORT, *HARMFUL], seed=5).next() for one in batch]
    for one in shown:
        if one.labels[0] == 0:
            assert one.weight == 1.5
            continue
        ids = by_label[one.labels[0]]
        assert one.weight == 1.0
        at = [start for start in range(len(one.ids)) if tuple(one.ids[start : start + len(ids)]) == ids]
        assert at, "the harmful text itself is shown"
        joined += len(one.ids) > len(ids)
    assert 0.03 * len(HARMFUL) < joined < 0.4 * len(HARMFUL)


def test_only_clean_texts_are_joined_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_JOINED_SHARE", 1.0)
    harmful_word = tokenizer().encode("sofa", add_special_tokens=False).ids
    unknown = example("a sofa a sofa", None)
    offensive = example("the sofa the sofa", offensive=True)
    shown = [
        one
        for batch in Epochs([*SHORT[:1], *HARMFUL[:1], unknown, offensive], seed=1).next()
        for one in batch
    ]
    assert len(shown) == 4
    clean = [one for one in shown if one.labels[0] == 0 and one.weight == 1.5]
    assert all(harmful_word[0] not in one.ids for one in clean)


def test_where_nothing_is_clean_nothing_is_joined() -> None:
    plain = {tuple(tokenizer().encode(one.text, add_special_tokens=False).ids) for one in HARMFUL}
    shown = {tuple(one.ids) for batch in Epochs(HARMFUL, seed=1).next() for one in batch}
    assert shown == plain


def test_a_long_text_is_cut_to_a_window_a_harmful_one_mostly_at_its_beginning() -> None:
    text = " ".join(f"{one} {two}" for one in THINGS for two in THINGS)
    ids = tokenizer().encode(text, add_special_tokens=False).ids
    assert len(ids) > PIECES + 20
    copies = [example(text, harm, group=f"{harm}{at}") for harm in (0.0, 1.0) for at in range(200)]
    starts: dict[float, list[int]] = {0.0: [], 1.0: []}
    for batch in Epochs(copies, seed=2).next():
        for one in batch:
            assert len(one.ids) == PIECES
            found = [at for at in range(len(ids) - PIECES + 1) if ids[at : at + PIECES] == one.ids]
            assert len(found) == 1
            starts[float(one.labels[0])].append(found[0])
    assert 0.5 < np.mean([at == 0 for at in starts[1.0]]) < 0.75
    assert np.mean([at == 0 for at in starts[0.0]]) < 0.1
    assert max(starts[0.0]) > (len(ids) - PIECES) * 0.9


def test_what_nobody_judged_stays_unknown() -> None:
    one = example("a lamp", labels=(None, 1.0, 0.0, None))
    ((shown,),) = Epochs([one], seed=1).next()
    assert np.array_equal(
        shown.labels, np.array([np.nan, 1.0, 0.0, np.nan], dtype=np.float32), equal_nan=True
    )


def test_no_example_makes_no_batch() -> None:
    assert Epochs([], seed=1).next() == []
