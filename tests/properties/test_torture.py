"""A file whose every string is a unique canary: each reaches the classifier, and none reaches anything else."""

import asyncio
import base64
import codecs
import json
from itertools import count
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.evaluate_data import evaluate_data_shard
from shared.fields import FIELDS, MEDIA
from shared.messages import EvaluateDataShard, encode
from shared.subject import TrainingFile
from tests.fakes import FakeBus, FakeClassifier, FakeClock, FakeFiles

SENTENCE = "the old gardener told us that the number {} stands on the green gate behind the house"
DISGUISES = {
    "plain": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "URL": lambda text: quote(text, safe=""),
    "ROT13": lambda text: codecs.encode(text, "rot13"),
    "full-width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
}

# What stands in the place of other media has tests of its own: encoded there, it is unscored.
keys = st.sampled_from([*sorted(FIELDS - {"type", "role"} - MEDIA.keys()), "KEY"])
leaves = st.sampled_from(sorted(DISGUISES)) | st.none() | st.booleans() | st.integers()
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=25,
)
files = st.lists(st.dictionaries(keys, values, min_size=1, max_size=4), min_size=1, max_size=5)


def planted(value: object, numbers: "count[int]", canaries: list[str]) -> object:
    """The value with a canary, disguised as it says, for each of its strings and its unknown keys."""

    def canary(disguise: str) -> str:
        said = SENTENCE.format(f"{next(numbers):05}")
        canaries.append(said)
        return DISGUISES[disguise](said)

    if isinstance(value, str):
        return canary(value)
    if isinstance(value, list):
        return [planted(item, numbers, canaries) for item in value]
    if isinstance(value, dict):
        return {
            canary("plain") if key == "KEY" else key: planted(item, numbers, canaries)
            for key, item in value.items()
        }
    return value


@given(records=files)
@settings(max_examples=60, deadline=None)
def test_every_string_reaches_the_classifier_and_nothing_else(records: list[dict[str, object]]) -> None:
    numbers, canaries = count(1), list[str]()
    lines = [json.dumps(planted(record, numbers, canaries)) for record in records]
    content = "\n".join(lines).encode()
    classifier, bus = FakeClassifier(), FakeBus()
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = EvaluateDataShard(evaluation="a" * 32, shard=0, shards=1, file=file, start=0, end=len(content))
    files = FakeFiles(content, chunk=1 << 16)
    asyncio.run(evaluate_data_shard(task, files=files, classifier=classifier, bus=bus, clock=FakeClock()))
    seen = "\n".join(classifier.seen)
    assert [canary for canary in canaries if canary not in seen] == []
    [tally] = bus.of("tally")
    assert tally.texts + tally.bad_total >= (1 if canaries else 0)
    sent = encode(tally).decode() + repr(bus.sent)
    assert "gardener" not in sent
