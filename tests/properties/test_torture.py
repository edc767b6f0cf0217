"""A file whose every string is a unique canary: each reaches the classifier, and no message."""

import asyncio
from itertools import count

from hypothesis import given, settings

from shared.evaluate_data import evaluate_data_shard
from shared.messages import EvaluateDataShard, encode
from shared.subject import TrainingFile
from tests.fakes import FakeBus, FakeClassifier, FakeClock, FakeFiles
from tests.torture import WORD, file_of, shapes


@given(records=shapes)
@settings(max_examples=60)
def test_every_string_reaches_the_classifier_and_no_message(records: list[dict[str, object]]) -> None:
    content, canaries = file_of(records, count(1))
    classifier, bus = FakeClassifier(), FakeBus()
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = EvaluateDataShard(evaluation="a" * 32, shard=0, shards=1, file=file, start=0, end=len(content))
    files = FakeFiles(content, chunk=1 << 16)
    asyncio.run(evaluate_data_shard(task, files=files, classifier=classifier, bus=bus, clock=FakeClock()))
    seen = "\n".join(classifier.seen)
    assert [canary for canary in canaries if canary not in seen] == []
    [tally] = bus.of("tally")
    assert tally.texts + tally.bad_total >= (1 if canaries else 0)
    assert WORD not in encode(tally).decode() + repr(bus.sent)
