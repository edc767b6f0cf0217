"""What only the sentence model itself can tell; `make train-classifier` brings it, and runs this."""

from tests.content import meaning


def test_the_stored_vectors_are_the_models() -> None:
    folder = meaning.model_folder()
    assert folder is not None, "the sentence model is not installed (see meaning.py)"
    model, stored = meaning.SentenceModel(folder), meaning.stored()
    for one, _, _ in meaning.judged()[:3]:
        assert float(model.vector(one) @ stored.of([one])[0]) > 0.999
