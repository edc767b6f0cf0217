"""What stands in the place of an image: the image, or a reason; and whatever is a sentence is a text all the same."""

import base64
import json
from collections.abc import Callable

import pytest

from shared.image_size import MAX_IMAGE_BYTES
from shared.records import Record, read_record
from tests.unit.images_made import MADE, bmp, jpeg, png, tiff, uri, webp

SENTENCE = "a sentence that no one may hide"


def read(value: object) -> Record:
    record = read_record(json.dumps(value).encode(), first=False)
    assert record is not None
    return record


def with_part(part: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "see"}, part]}]}


def image_part(url: object, **more: object) -> dict[str, object]:
    return with_part({"type": "image_url", "image_url": {"url": url, **more}})


def told(record: Record) -> list[str]:
    return [text.value for text in record.texts]


@pytest.mark.parametrize("made", MADE)
def test_an_image_as_data_uri_is_an_image_and_no_text(made: Callable[[], bytes]) -> None:
    record = read(image_part(uri(made()), detail="low"))
    assert [(image.path, image.content) for image in record.images] == [
        ("$.messages[0].content[1].image_url.url", made())
    ]
    assert told(record) == ["see"]
    assert record.unscored == []


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (50, 50, None),
        (7200, 7200, None),
        (49, 50, "image_too_small"),
        (50, 49, "image_too_small"),
        (7201, 7200, "image_too_large"),
        (7200, 7201, "image_too_large"),
    ],
)
def test_the_classifiers_limits_on_a_side(
    made: Callable[..., bytes], width: int, height: int, reason: str | None
) -> None:
    record = read(image_part(uri(made(width, height))))
    assert record.unscored == ([] if reason is None else [reason])
    assert len(record.images) == (reason is None)


@pytest.mark.parametrize(("more", "reasons"), [(0, []), (1, ["image_too_large"])])
def test_the_classifiers_limit_on_bytes(more: int, reasons: list[str]) -> None:
    content = png() + b"\xff" * (MAX_IMAGE_BYTES - len(png()) + more)
    assert read(image_part(uri(content))).unscored == reasons


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/cat.png", "image_link"),
        ("HTTP://example.org/cat.png?size=9", "image_link"),
        ("ftp://example.org/cat.png", "image_link"),
        ("file:///tmp/cat.png", "image_link"),
        ("file-abcdef0123456789", "image_link"),
        (uri(b"\xff\xf1\x50\x80"), "image_format"),
        (uri(b"%PDF-1.7\n\xff\xff", "application/pdf"), "image_format"),
        (uri(png()[:18]), "image_unreadable"),
        (uri(b"GIF89a\xff"), "image_unreadable"),
        (uri(b"BM\xff" + bmp()[3:20]), "image_unreadable"),
        (uri(b"II*\0\xff\xff\0\0"), "image_unreadable"),
        (uri(webp()[:21].replace(b"@", b"\xff")), "image_unreadable"),
        (uri(webp().replace(b"VP8 ", b"VP9 ")), "image_unreadable"),
        (uri(jpeg()[:20]), "image_unreadable"),
        (uri(b"\xff\xd8\xff\xd9\0\0\0\0"), "image_unreadable"),
        (uri(tiff().replace(b"\x01\x01", b"\x02\x01")), "image_unreadable"),
    ],
)
def test_what_is_no_image_to_evaluate_has_its_reason_and_is_no_text(url: str, reason: str) -> None:
    record = read(image_part(url))
    assert record.unscored == [reason]
    assert record.images == []
    assert told(record) == ["see"]


@pytest.mark.parametrize(
    "url",
    [
        SENTENCE,
        SENTENCE.replace(" ", "\n"),
        f"https://example.org/{SENTENCE}",
        "https://example.org/" + "é" * 9,
        "https://example.org/" + "a" * 2_001,
        f"data:image/png;base64,{SENTENCE}",
        f"data:text/plain,{SENTENCE}",
        f"data:image/svg+xml;utf8,<svg><text>{SENTENCE}</text></svg>",
        "data:,a%20sentence",
        "data:image/png;base64,abcde",
        "data:image/png;base64,",
        "word",
    ],
)
def test_what_is_no_uri_in_the_place_of_an_image_is_text_and_the_image_is_missing(url: str) -> None:
    record = read(image_part(url))
    assert told(record) == ["see", url]
    assert record.unscored == ["image_unreadable"]


@pytest.mark.parametrize(
    ("url", "hidden", "reasons"),
    [
        (uri(SENTENCE.encode(), "text/plain"), ["text/plain;base64", SENTENCE], ["image_format"]),
        (uri(SENTENCE.encode()), [SENTENCE], ["image_format"]),
        (
            uri(b"<svg>" + SENTENCE.encode(), "image/svg+xml"),
            ["image/svg+xml;base64", f"<svg>{SENTENCE}"],
            ["image_format"],
        ),
        (uri(png(), f"image/png;note={SENTENCE}"), [f"image/png;note={SENTENCE};base64"], []),
        (uri(png() + SENTENCE.encode() + b"\xff"), [SENTENCE], []),
        (uri(png() + SENTENCE.encode() + b".\xff"), [f"{SENTENCE}."], []),
        (uri(b"GIF89a" + SENTENCE.encode()), [f"GIF89a{SENTENCE}"], ["image_too_large"]),
        (base64.urlsafe_b64encode(b"\xfb\xff" + 3 * SENTENCE.encode()).decode(), [3 * SENTENCE], ["image_format"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["part", "content"])
def test_a_sentence_in_a_data_uri_or_its_type_is_text(
    url: str, hidden: list[str], reasons: list[str], place: str
) -> None:
    record = read(image_part(url) if place == "part" else {"messages": [{"role": "user", "content": url}]})
    if place == "content" and not url.startswith("data:image/"):
        assert told(record) == [url]  # no image stands there, so it is what it says
        return
    assert told(record) == ["see"] * (place == "part") + hidden
    assert record.unscored == reasons


def test_a_data_uri_may_be_wrapped_and_its_type_in_capitals() -> None:
    wrapped = "\r\n".join(uri(png()).replace("data:image/png", " DATA:IMAGE/PNG").partition("base64,"))
    assert [image.content for image in read(image_part(wrapped.replace("\r\n", "", 1))).images] == [png()]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"messages": [{"role": "user", "content": uri(png())}]}, "$.messages[0].content"),
        ({"prompt": uri(png(), "image/jpeg"), "completion": "a harbour"}, "$.prompt"),
        ({"picture": [uri(png())]}, "$.{0}[0]"),
        (with_part({"type": "input_image", "image_url": uri(png())}), "$.messages[0].content[1].image_url"),
        (with_part({"type": "image_url", "image_url": uri(png())}), "$.messages[0].content[1].image_url"),
        (with_part({"type": "file", "file": {"file_data": uri(png())}}), "$.messages[0].content[1].file.file_data"),
        ({"image": base64.b64encode(png() * 3).decode()}, "$.image"),
        (
            with_part({"type": "image", "source": {"type": "base64", "data": base64.b64encode(png() * 3).decode()}}),
            "$.messages[0].content[1].source.data",
        ),
    ],
)  # fmt: skip
def test_an_image_is_found_wherever_it_stands(value: object, path: str) -> None:
    record = read(value)
    assert [image.path for image in record.images] == [path]
    assert record.images[0].content.startswith(png())
    assert record.unscored == []
    assert not any("iVBOR" in text for text in told(record))


@pytest.mark.parametrize(
    "part",
    [
        {
            "type": "input_audio",
            "input_audio": {"data": base64.b64encode(b"RIFF\xff\xfe" * 20).decode(), "format": "wav"},
        },
        {"type": "file", "file": {"file_data": uri(b"%PDF-1.7\xff\xfe", "application/pdf")}},
        {"type": "file", "file": {"file_id": "file-abcdef0123456789"}},
        {"type": "input_file", "file_url": "https://example.org/a.pdf"},
        {"type": "video_url", "video_url": {"url": "https://example.org/a.mp4"}},
        {"type": "input_audio"},
        {"audio": {"id": "audio_abcdef0123456789"}},
    ],
)  # fmt: skip
def test_a_sound_or_a_file_is_unscored_and_no_text(part: object) -> None:
    record = read(with_part(part))
    assert record.unscored == ["not_text"]
    assert told(record) == ["see"]


@pytest.mark.parametrize(
    ("part", "hidden"),
    [
        ({"type": "input_audio", "input_audio": {"data": SENTENCE, "format": "wav"}}, SENTENCE),
        ({"type": "input_audio", "input_audio": {"data": uri(SENTENCE.encode(), "audio/wav")}}, SENTENCE),
        (
            {"type": "file", "file": {"file_data": f"data:text/plain,{SENTENCE}"}},
            f"data:text/plain,{SENTENCE}",
        ),
        ({"type": "file", "file": {"file_id": "file-abcdef0123456789", "filename": SENTENCE}}, SENTENCE),
        ({"type": "file", "file": {"file_id": SENTENCE}}, SENTENCE),
        ({"type": "file", "text": SENTENCE}, SENTENCE),
    ],
)
def test_a_sentence_in_the_place_of_a_sound_or_a_file_is_text(part: object, hidden: str) -> None:
    record = read(with_part(part))
    assert told(record) == ["see", hidden]
    assert record.unscored == ["not_text"]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"type": "image_url", "image_url": {"url": uri(png()), "detail": SENTENCE}}, "image_url.detail"),
        ({"type": "image_url", "image_url": {"url": uri(png())}, "text": SENTENCE}, "text"),
    ],
)
def test_a_sentence_beside_an_image_is_text(part: object, path: str) -> None:
    record = read(with_part(part))
    assert [(text.path, text.value) for text in record.texts[1:]] == [
        (f"$.messages[0].content[1].{path}", SENTENCE)
    ]
    assert len(record.images) == 1


@pytest.mark.parametrize(
    "part",
    [{"type": "image_url"}, {"type": "image_url", "image_url": {"url": None}}, {"type": "input_image"}],
)
def test_a_part_that_says_it_is_an_image_and_holds_none_is_unscored(part: object) -> None:
    assert read(with_part(part)).unscored == ["image_unreadable"]


@pytest.mark.parametrize(
    "value",
    [
        {"file": "report.txt"},
        {"image": "a cat on a mat"},
        {"image_url": "none given"},
        {"parameters": {"properties": {"file": {"type": "string", "description": "the file's name"}}}},
        {
            "properties": {
                "audio": {"type": "object"},
                "image_url": {"type": "string", "description": "the link"},
            }
        },
    ],
)
def test_a_field_that_only_has_the_name_of_a_medium_is_ordinary_text(value: object) -> None:
    record = read({"prompt": "p", "completion": "c", **value})  # type: ignore[dict-item]
    assert record.unscored == []
    assert len(record.texts) == 3


def test_what_holds_an_image_has_no_repr_of_its_content() -> None:
    record = read(image_part(uri(png())))
    assert "PNG" not in repr(record) + repr(record.images)
