"""The demo's stories: a story that ends otherwise is said to."""

from client.errors import Exit
from client.stories import STORIES, Story, Told
from shared.outcome import Outcome
from tests.client.outcomes import data_outcome, event_of, finding, model_outcome

SUPPORT, HARMFUL, COVERT = STORIES


def data(result: str, *lines: int) -> Outcome:
    found = {"findings": [finding(line) for line in lines], "findings_total": len(lines)}
    return event_of(data_outcome(result, found=found)).data


def model(result: str) -> Outcome:
    return event_of(model_outcome(result)).data


def told(story: Story, data: Outcome, model: Outcome | None = None, verdict: Exit | None = None) -> Told:
    return Told(story=story, data=data, model=model, verdict=verdict, lines_put_in={2, 5})


def test_the_samples_are_what_the_stories_say() -> None:
    assert [story.sample.name for story in STORIES] == ["support.jsonl", "harmful.jsonl", "covert.jsonl"]
    assert all(story.sample.is_file() for story in STORIES)
    # As samples/README.md lists them.
    assert HARMFUL.lines_put_in() == {41, 87, 88, 133, 160, 199}


def test_stories_that_end_as_told() -> None:
    passed, failed = data("passed"), data("failed", 5, 2, 2)
    assert told(SUPPORT, passed, model("passed"), Exit.PASSED).differences() == []
    assert told(HARMFUL, failed).differences() == []
    assert told(COVERT, passed, model("failed"), Exit.FAILED).differences() == []


def test_stories_that_end_otherwise() -> None:
    passed = data("passed")
    assert told(SUPPORT, data("incomplete")).differences() == [
        "the training data was to be passed, and is incomplete",
        "the model was to be passed, and is none",
        "the verdict was to be deployable, and is none",
    ]
    assert told(COVERT, passed, model("passed"), Exit.PASSED).differences() == [
        "the model was to be failed, and is passed",
        "the verdict was to be not deployable, and is deployable",
    ]
    assert told(COVERT, passed, model("failed"), Exit.INCOMPLETE).differences() == [
        "the verdict was to be not deployable, and is none"
    ]
    for lines in ((2,), (2, 5, 6)):
        [difference] = told(HARMFUL, data("failed", *lines)).differences()
        assert difference.startswith("exactly the 2 lines put in were to be found")
    assert told(HARMFUL, data("failed", 2, 5), model("passed"), Exit.PASSED).differences() == [
        "the model was to be none, and is passed",
        "the verdict was to be none, and is deployable",
    ]
