"""Lines over any shard size equal the file, and what the shards own tiles it."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.shards import MAX_SHARDS, MIN_SHARD_BYTES, ByteRange, ShardLines, plan_shards

files = st.lists(
    st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\n\n", "é".encode()])
).map(b"".join)


def read(content: bytes, byte_range: ByteRange, chunk: int, max_line_bytes: int = 10**6):
    lines = ShardLines(byte_range, max_line_bytes=max_line_bytes)
    found, position = [], lines.read_from
    while not lines.done and position < len(content):
        part = content[position : position + chunk]
        position += len(part)
        found.extend(lines.feed(part))
    found.extend(lines.finish())
    return lines, found


def cut(length: int, size: int) -> list[ByteRange]:
    return [ByteRange(start=s, end=min(s + size, length)) for s in range(0, max(length, 1), size)]


@settings(max_examples=500)
@given(content=files, size=st.integers(1, 12), chunk=st.integers(1, 9))
def test_lines_over_any_shard_size_equal_the_file(content: bytes, size: int, chunk: int) -> None:
    wanted = [(match.start(), match.group()) for match in re.finditer(rb"[^\n]*\n|[^\n]+", content)]
    found, spans = [], []
    for byte_range in cut(len(content), size):
        lines, owned = read(content, byte_range, chunk)
        assert [line.number for line in owned] == list(range(len(owned)))
        assert lines.count == len(owned)
        assert all(byte_range.start <= line.offset < byte_range.end for line in owned)
        found.extend((line.offset, line.content) for line in owned)
        spans.append((lines.first_byte, lines.end_byte))
    assert found == wanted
    reached = 0
    for first_byte, end_byte in (span for span in spans if span[0] != span[1]):
        assert first_byte == reached
        reached = end_byte
    assert reached == len(content)


@given(content=files.filter(bool), size=st.integers(1, 12), chunk=st.integers(1, 9), short=st.integers(1, 5))
def test_a_stream_that_stops_early_does_not_reach_the_end(
    content: bytes, size: int, chunk: int, short: int
) -> None:
    ends = [
        read(content[: max(0, len(content) - short)], byte_range, chunk)[0].end_byte
        for byte_range in cut(len(content), size)
    ]
    assert max(ends) < len(content)


@given(content=files, limit=st.integers(0, 4))
def test_an_over_long_line_is_measured_and_not_kept(content: bytes, limit: int) -> None:
    lines, owned = read(content, ByteRange(start=0, end=len(content)), 3, max_line_bytes=limit)
    whole = [match.group() for match in re.finditer(rb"[^\n]*\n|[^\n]+", content)]
    assert [line.content for line in owned] == [line if len(line) <= limit else None for line in whole]
    assert lines.end_byte == len(content)


@given(size=st.integers(1, 12), chunk=st.integers(1, 9), limit=st.integers(0, 40), tail=files)
def test_an_over_long_line_is_not_read_far_beyond_its_shard(
    size: int, chunk: int, limit: int, tail: bytes
) -> None:
    """Nor by the shards that it spans, each of which reads its own bytes and owns nothing."""
    content = b"x" * 200 + b"\n" + tail
    found = []
    for byte_range in cut(len(content), size):
        lines, position = ShardLines(byte_range, max_line_bytes=limit), 0
        position = lines.read_from
        while not lines.done and position < len(content):
            found.extend(lines.feed(content[position : position + chunk]))
            position += chunk
        found.extend(lines.finish())
        if byte_range.end < 200:
            assert position <= max(byte_range.end, limit) + chunk
    assert [(line.offset, line.content) for line in found[:1]] == [(0, None)]
    rest = [match.group() for match in re.finditer(rb"[^\n]*\n|[^\n]+", tail)]
    assert [line.content for line in found[1:]] == [line if len(line) <= limit else None for line in rest]


@given(length=st.integers(0, 9 * 1024**3))
def test_the_planned_ranges_tile_the_file(length: int) -> None:
    ranges = plan_shards(length)
    assert ranges[0].start == 0
    assert ranges[-1].end == length
    assert all(one.end == other.start for one, other in pairwise(ranges))
    assert len(ranges) <= MAX_SHARDS
    assert all(r.end - r.start >= MIN_SHARD_BYTES for r in ranges[:-1])
