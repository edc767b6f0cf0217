"""Fine-tuning and export on a tiny random encoder made here: reproducible, learning, and the same once exported.

Run by `make train-classifier`, which brings PyTorch.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from local.content_safety.classifier import CATEGORIES, export, fit_encoder
from local.content_safety.classifier.encoder import Encoder
from local.content_safety.classifier.windows import END, START, VOCABULARY, cut
from tests.content_safety.made import THINGS, WORDS, example

pytestmark = pytest.mark.filterwarnings("ignore")  # of torch's exporter and onnx, about themselves

EXAMPLES = [
    *[example(f"the {one} stands beside a {two}") for one in THINGS for two in THINGS[:3]],
    *[
        example(f"i {word} your {thing}", labels=tuple(float(at == row) for at in range(4)))
        for row, word in enumerate(WORDS)
        for thing in THINGS
    ],
    example("nobody judged this in more than one way", labels=(0.0, None, None, None)),
]
TEXTS = ["i zorble your carpet", "the lamp", "the kettle stands beside a lamp " * 15, "日本 \U0001f642", ""]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of two layers with random weights and the vocabulary that is shipped."""
    folder = tmp_path_factory.mktemp("base")
    pieces = VOCABULARY.read_text(encoding="utf-8").splitlines()
    assert (pieces[START], pieces[END]) == ("[CLS]", "[SEP]")
    torch.manual_seed(1)
    config = transformers.BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def learned(base: Path) -> fit_encoder.Classifier:
    model = fit_encoder.begin(base, threads=1)
    fit_encoder.learn(model, EXAMPLES, epochs=8, rate=5e-3)
    return model


def odds(model: fit_encoder.Classifier, text: str) -> np.ndarray:
    (window, *_) = cut(text)
    ids = torch.tensor([window.ids])
    with torch.no_grad():
        return model(ids, torch.ones_like(ids)).numpy()[0]


def test_two_runs_learn_the_same_weights(base: Path) -> None:
    models = []
    for _ in range(2):
        model = fit_encoder.begin(base, threads=1)
        fit_encoder.learn(model, EXAMPLES, epochs=1.5, rate=1e-3)
        fit_encoder.learn(model, EXAMPLES[:40], epochs=0.5, rate=1e-4)
        models.append(model.state_dict())
    assert models[0].keys() == models[1].keys()
    for name, weights in models[0].items():
        assert torch.equal(weights, models[1][name]), name
    untaught = fit_encoder.begin(base, threads=1).state_dict()
    assert not torch.equal(models[0]["out.weight"], untaught["out.weight"])


def test_a_run_tells_its_progress_on_standard_error_alone(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = fit_encoder.begin(base, threads=1)
    fit_encoder.learn(model, EXAMPLES, epochs=1, rate=1e-3)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "encoder: step " in printed.err
    assert not any(word in printed.err for word in (*WORDS, *THINGS))


def test_made_up_words_are_learned_each_in_its_category(learned: fit_encoder.Classifier) -> None:
    assert not learned.training
    for row, word in enumerate(WORDS):
        found = odds(learned, f"i {word} your sofa")
        assert int(found.argmax()) == row
        assert found[row] > odds(learned, "the sofa stands beside a lamp")[row]


def test_padding_changes_no_score(learned: fit_encoder.Classifier) -> None:
    ids = torch.tensor([next(cut("i zorble your lamp")).ids])
    padded = torch.cat([ids, torch.zeros(1, 20, dtype=torch.long)], 1)
    mask = (torch.arange(padded.shape[1]) < ids.shape[1]).long()[None]
    with torch.no_grad():
        alone = learned(ids, torch.ones_like(ids)).numpy()
        beside = learned(padded, mask).numpy()
    assert alone == pytest.approx(beside, abs=1e-4)


def test_what_is_exported_scores_as_what_was_learned(learned: fit_encoder.Classifier, tmp_path: Path) -> None:
    file = tmp_path / "encoder.onnx"
    before = {name: weights.clone() for name, weights in learned.state_dict().items()}
    export.export(learned, file)
    exported = Encoder(file)
    differences, spread = [], []
    for text in TEXTS:
        for window in cut(text):
            ids = torch.tensor([window.ids])
            with torch.no_grad():
                exact = learned(ids, torch.ones_like(ids)).numpy()[0]
            found = exported.score(window)
            assert found.shape == (len(CATEGORIES),)
            differences.append(np.abs(found - exact).max())
            spread.append(exact)
    assert np.ptp(np.array(spread)) > 2, "the scores differ by more than the quantisation may"
    assert max(differences) < 0.15 * np.ptp(np.array(spread)), (
        "eight bits of a model that learned for seconds"
    )
    assert max(differences) > 0, "eight bits are not exact"
    for name, weights in learned.state_dict().items():
        assert torch.equal(weights, before[name]), "the export changes nothing of the model"
    assert learned.bert.config._attn_implementation != "eager"


def test_two_exports_write_the_same_bytes_and_a_quarter_of_the_weights(
    learned: fit_encoder.Classifier, tmp_path: Path
) -> None:
    files = [tmp_path / "one.onnx", tmp_path / "two.onnx"]
    for file in files:
        export.export(learned, file)
    assert files[0].read_bytes() == files[1].read_bytes()
    exact = sum(weights.numel() * 4 for weights in learned.parameters())
    assert files[0].stat().st_size < 0.4 * exact


def test_a_text_judged_in_one_category_alone_and_harmless_is_not_worth_its_time() -> None:
    known = {
        (0.0, None, None, None): False,
        (None,) * 4: False,
        (1.0, None, None, None): True,
        (0.0, 0.0, None, None): True,
        (None, 0.2, None, None): True,
    }
    assert {labels: fit_encoder._says_enough(example("x", labels=labels)) for labels in known} == known


def test_the_rate_rises_and_falls_to_nothing() -> None:
    slope = [fit_encoder._slope(step, 200) for step in range(200)]
    top = slope.index(max(slope))
    assert slope[:top] == sorted(slope[:top])
    assert slope[top:] == sorted(slope[top:], reverse=True)
    assert max(slope) <= 1.0
    assert 0 < slope[-1] < 0.02
    assert slope[0] < 0.2
    assert fit_encoder._slope(0, 1) > 0
