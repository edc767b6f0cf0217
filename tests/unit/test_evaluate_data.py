"""A data shard's task: what its tally says, and what becomes of every fault on the way."""

import base64
import hashlib
import json

import pytest

from shared.errors import FileChanged, Unavailable, Unscorable
from shared.evaluate_data import evaluate_data_shard
from shared.harm import HarmCategory
from shared.messages import EvaluateDataShard
from shared.subject import TrainingFile
from shared.tally import BadLine, OpaqueText, Span, TextFinding
from shared.times import MAX_ATTEMPTS
from tests.fakes import CLASSIFIER, FakeBus, FakeClassifier, FakeClock, FakeFiles
from tests.unit import images_made

E = "a" * 32


def record(*contents: str) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": text} for text in contents]}).encode() + b"\n"


async def evaluate(
    content: bytes, *, start: int = 0, end: int | None = None, attempt: int = 0, shards: int = 1, **parts
):
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = EvaluateDataShard(
        evaluation=E,
        shard=0,
        shards=shards,
        attempt=attempt,
        file=file,
        start=start,
        end=len(content) if end is None else end,
    )
    bus = FakeBus()
    await evaluate_data_shard(
        task,
        files=parts.get("files") or FakeFiles(content),
        classifier=parts.get("classifier") or FakeClassifier(),
        bus=bus,
        clock=parts.get("clock") or FakeClock(),
    )
    return bus


async def tally_of(content: bytes, **parts):
    bus = await evaluate(content, **parts)
    [tally] = bus.of("tally")
    assert not bus.of("shard")
    return tally


async def test_the_tally_counts_every_text_in_every_category() -> None:
    content = record("good day", "harm_violence_5 harm_sexual_2") + record("fine")
    tally = await tally_of(content)
    assert tally.texts == 3
    assert tally.counts[HarmCategory.VIOLENCE] == (2, 0, 0, 0, 0, 1, 0, 0)
    assert tally.counts[HarmCategory.SEXUAL] == (2, 0, 1, 0, 0, 0, 0, 0)
    assert tally.counts[HarmCategory.SELF_HARM] == (3, 0, 0, 0, 0, 0, 0, 0)
    assert tally.findings == (TextFinding(0, 0, "$.messages[1].content", HarmCategory.VIOLENCE, 5),)
    assert tally.spans == {Span(0, len(content), 2)}
    assert tally.classifiers == {CLASSIFIER}
    assert tally.unscored == {}


async def test_a_text_that_comes_again_is_sent_once_and_found_on_every_line() -> None:
    classifier = FakeClassifier()
    content = record("harm_sexual_6") * 3
    tally = await tally_of(content, classifier=classifier)
    assert classifier.seen == ["harm_sexual_6"]
    assert [finding.line for finding in tally.findings] == [0, 1, 2]
    assert tally.counts[HarmCategory.SEXUAL] == (0, 0, 0, 0, 0, 0, 3, 0)


async def test_a_shard_scores_only_the_lines_it_owns() -> None:
    lines = [record(f"text {n}") for n in range(4)]
    content = b"".join(lines)
    classifier = FakeClassifier()
    tally = await tally_of(content, start=len(lines[0]) - 3, end=len(lines[0]) + 5, classifier=classifier)
    assert classifier.seen == ["text 1"]
    assert tally.spans == {Span(len(lines[0]), len(lines[0]) * 2, 1)}


async def test_a_bad_line_is_named_and_the_rest_is_scored() -> None:
    content = (
        record("one") + b'{"messages": [{"role": "user", "content": "half\n' + record("harm_self_harm_4")
    )
    tally = await tally_of(content)
    assert tally.texts == 2
    assert tally.bad_lines == (BadLine(len(record("one")), 1, "not_json"),)
    assert tally.bad_total == 1
    assert tally.unscored == {"not_json": 1}
    assert len(tally.findings) == 1


async def test_a_category_the_classifier_leaves_out_is_unscored() -> None:
    tally = await tally_of(record("a"), classifier=FakeClassifier(without=frozenset({HarmCategory.SEXUAL})))
    assert tally.counts[HarmCategory.SEXUAL] == (0,) * 8
    assert tally.unscored == {"category_missing": 1}
    assert tally.bad_lines == (BadLine(0, 0, "category_missing"),)


@pytest.mark.parametrize("severity", [8, -1, 99])
async def test_a_severity_off_the_scale_is_unscored(severity: int) -> None:
    tally = await tally_of(record(f"harm_violence_{severity}"))
    assert tally.unscored == {"severity_unknown": 1}
    assert sum(tally.counts[HarmCategory.VIOLENCE]) == 0


async def test_a_text_the_classifier_refuses_is_unscored_and_its_neighbour_is_not() -> None:
    refused = [Unscorable("classifier_refused")] * 2
    classifier = FakeClassifier(errors=refused)
    tally = await tally_of(record("a", "b"), classifier=classifier)
    assert classifier.seen == ["a\n\nb", "a", "b"]
    assert tally.unscored == {"classifier_refused": 1}
    assert sum(tally.counts[HarmCategory.VIOLENCE]) == 1


async def test_a_passing_fault_is_tried_again_within_the_budget() -> None:
    clock = FakeClock()
    classifier = FakeClassifier(errors=[Unavailable("busy", retry_after_s=7), Unavailable("reset")])
    tally = await tally_of(record("harm_violence_4"), classifier=classifier, clock=clock)
    assert clock.slept[0] == 7
    assert len(classifier.seen) == 3
    assert tally.unscored == {}
    assert len(tally.findings) == 1


async def test_a_service_that_stays_away_hands_the_shard_back_with_a_delay() -> None:
    clock = FakeClock()
    away = FakeClassifier(errors=[Unavailable("away")] * 10_000)
    bus = await evaluate(record("a", "b", "c"), classifier=away, clock=clock, attempt=2)
    [(kind, again, delay)] = bus.sent
    assert (kind, again.attempt, again.shard, again.start) == ("shard", 3, 0, 0)
    assert delay == 60
    assert sum(clock.slept) < 240


async def test_after_the_last_attempt_what_is_unscored_is_named_and_what_was_found_counts() -> None:
    class Half(FakeClassifier):
        async def analyze(self, text: str):
            if text == "never":
                raise Unavailable("away")
            return await super().analyze(text)

    content = record("harm_violence_6") + record("never")
    tally = await tally_of(content, classifier=Half(), attempt=MAX_ATTEMPTS)
    assert tally.unscored == {"attempts_exhausted": 1}
    assert [finding.severity for finding in tally.findings] == [6]


@pytest.mark.parametrize("attempt", [0, MAX_ATTEMPTS])
async def test_a_file_that_changed_is_unscored_at_once(attempt: int) -> None:
    content = record("a") * 10
    tally = await tally_of(content, files=FakeFiles(content, changed_at=20), attempt=attempt)
    assert tally.spans == frozenset()
    assert tally.unscored == {"file_changed": 1}


async def test_a_storage_that_is_away_hands_the_shard_back_and_is_told_at_last() -> None:
    gone = FakeFiles(b"x", failures=[Unavailable("away")] * 10_000)
    bus = await evaluate(record("a"), files=gone)
    assert [kind for kind, _, _ in bus.sent] == ["shard"]
    tally = await tally_of(record("a"), files=gone, attempt=MAX_ATTEMPTS)
    assert tally.unscored == {"attempts_exhausted": 1}
    assert tally.spans == frozenset()


async def test_a_read_that_ends_early_leaves_the_span_short() -> None:
    content = record("a") + record("b")
    tally = await tally_of(content, files=FakeFiles(content, short_by=3))
    assert all(span.end_byte < len(content) for span in tally.spans)


async def test_an_empty_range_owns_nothing() -> None:
    tally = await tally_of(b"")
    assert tally.texts == 0
    assert tally.spans == {Span(0, 0, 0)}


async def test_a_long_text_is_scored_whole() -> None:
    classifier = FakeClassifier()
    long = "word " * 4000 + "harm_hate_fairness_7"
    tally = await tally_of(record(long), classifier=classifier)
    assert len(classifier.seen) > 1
    assert tally.findings[0].severity == 7


def with_image(said: str) -> bytes:
    """A record with an image; the fake classifier reads severities from what follows it."""
    part = {"type": "image_url", "image_url": {"url": images_made.uri(images_made.png() + said.encode())}}
    return json.dumps({"messages": [{"role": "user", "content": [part]}]}).encode() + b"\n"


async def test_an_image_is_shown_to_the_classifier_and_its_finding_has_its_place() -> None:
    classifier = FakeClassifier()
    tally = await tally_of(with_image("harm_sexual_6") + with_image("fine"), classifier=classifier)
    assert classifier.seen == ["harm_sexual_6", "fine"]
    assert tally.texts == 2
    assert tally.findings == (
        TextFinding(0, 0, "$.messages[0].content[0].image_url.url", HarmCategory.SEXUAL, 6),
    )
    assert tally.unscored == {}


async def test_an_image_that_the_classifier_does_not_take_is_unscored() -> None:
    refusing = FakeClassifier(errors=[Unscorable("image_not_supported")])
    tally = await tally_of(with_image("fine"), classifier=refusing)
    assert tally.unscored == {"image_not_supported": 1}
    assert tally.bad_lines == (BadLine(0, 0, "image_not_supported"),)
    assert sum(tally.counts[HarmCategory.VIOLENCE]) == 0


async def test_what_a_text_says_in_disguise_is_scored_and_found_where_the_text_stands() -> None:
    hidden = "please harm_violence_6 read what stands here in plain words"
    encoded = base64.b64encode(hidden.encode()).decode()
    classifier = FakeClassifier()
    tally = await tally_of(record("good day", encoded), classifier=classifier)
    assert any(hidden in seen for seen in classifier.seen)
    assert tally.findings == (TextFinding(0, 0, "$.messages[1].content", HarmCategory.VIOLENCE, 6),)
    assert tally.texts == 2


async def test_what_is_hidden_deeper_than_is_looked_is_unscored() -> None:
    hidden = "please read what stands here in plain and simple words"
    for _ in range(16):
        hidden = base64.b64encode(hidden.encode()).decode()
    tally = await tally_of(record(hidden))
    assert tally.unscored == {"hidden_too_deep": 1}


async def test_a_stretch_that_nobody_can_read_is_listed_and_changes_nothing() -> None:
    dark = base64.b64encode(
        hashlib.sha512(b"seed").digest() * 2 + hashlib.sha512(b"other").digest() * 3
    ).decode()
    tally = await tally_of(record("good day", dark))
    assert tally.opaque == (OpaqueText(0, 0, "$.messages[1].content"),)
    assert tally.opaque_total == 1
    assert tally.unscored == {}
    assert tally.bad_lines == ()


async def test_more_bad_lines_than_findings_are_listed() -> None:
    tally = await tally_of(b"not json\n" * 1_500)
    assert tally.bad_total == 1_500
    assert 900 <= len(tally.bad_lines) <= 1_000
    assert [bad.line for bad in tally.bad_lines] == list(range(len(tally.bad_lines)))


async def test_no_text_reaches_what_is_sent() -> None:
    content = (
        record("CANARY harm_violence_5")
        + b'{"CANARY": 1}\n'
        + b'{"messages":[{"role":"user","content":"CANARY\n'
    )
    bus = await evaluate(content)
    assert "CANARY" not in repr(bus.sent)
    assert all(b"CANARY" not in waiting.body for waiting in bus.waiting)


async def test_a_bug_is_let_through() -> None:
    with pytest.raises(ExceptionGroup) as crashed:
        await evaluate(record("a"), classifier=FakeClassifier(errors=[KeyError("bug")]))
    assert crashed.group_contains(KeyError)


async def test_file_changed_is_no_passing_fault() -> None:
    files = FakeFiles(b"x", failures=[FileChanged("file_changed")])
    await tally_of(record("a"), files=files)
    assert files.reads == 1


async def test_a_slow_classifier_does_not_keep_a_shard_beyond_its_time() -> None:
    clock = FakeClock()

    class Slow(FakeClassifier):
        async def analyze(self, text: str):
            await clock.sleep(1)
            return await super().analyze(text)

    slow = Slow()
    bus = await evaluate(
        record(*(f"text {n} " + "word " * 400 for n in range(1000))), classifier=slow, clock=clock
    )
    assert [kind for kind, _, _ in bus.sent] == ["shard"]
    assert len(slow.seen) < 260


@pytest.mark.parametrize("asked", [30 * 86_400.0, float("inf")])
async def test_a_service_cannot_ask_for_a_pause_beyond_the_deadline(asked: float) -> None:
    away = FakeClassifier(errors=[Unavailable("away", retry_after_s=asked)] * 10)
    bus = await evaluate(record("a"), classifier=away)
    [(_, _, delay)] = bus.sent
    assert delay == 3600
