"""Made-up examples, and a small folder of them: four made-up words are harmful, each in one category."""

import json
from pathlib import Path

from local.content_safety.classifier import corpus

THINGS = ["kettle", "lamp", "sofa", "bicycle", "garden", "printer", "window", "basket", "candle", "ladder"]
WORDS = ("zorble", "quimpy", "fleeg", "mundle")
"""In policy order."""


def example(
    text: str = "the lamp is green",
    harm: float | None = 0.0,
    *,
    labels: tuple[float | None, ...] | None = None,
    source: str = "made_up",
    group: str = "",
    **known: object,
) -> corpus.Example:
    """An example, harmful as violence where nothing else is said."""
    return corpus.Example(
        text=text,
        labels=(harm, 0.0, 0.0, 0.0) if labels is None else labels,
        source=source,
        group=group or text,
        **known,
    )


def line(text: object, **labels: object) -> str:
    """A line of a data file."""
    return json.dumps({"text": text} | dict.fromkeys(corpus.LABEL_FIELDS, 0) | labels) + "\n"


def lines() -> list[str]:
    """164 lines: harmless ones, harmful ones of each category, unknown ones and graded ones."""
    made = [line(f"The {thing} stands beside a {other}.") for thing in THINGS for other in THINGS]
    for field, word in zip(corpus.LABEL_FIELDS, WORDS, strict=True):
        made += [line(f"I {word} your {thing} today.", **{field: 1}) for thing in THINGS]
        made += [line(f"The {word} {thing} is unknown.", **{field: None}) for thing in THINGS[:3]]
        made += [line(f"Some {word} around the {thing}.", **{field: 0.6}) for thing in THINGS[:3]]
    return made


def fill(folder: Path) -> Path:
    """Write the lines to train, and one of them, differently spelled, to dev."""
    for part, content in (("train", lines()), ("dev", [line("The kettle stands beside a LAMP!")])):
        (folder / part).mkdir()
        (folder / part / "made_up.jsonl").write_text("".join(content))
    return folder
