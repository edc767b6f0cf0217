"""The layouts of packaged text, each on a little of its own: what is prose comes out, the rest does not."""

import gzip
import struct
import zlib

import pytest

from local.content_safety.classifier import layouts
from local.content_safety.classifier.packages import BadPackageError, Member

MAN = r"""
.\" a remark
.TH pan 1
.SH SYNOPSIS
not read
.SH DESCRIPTION
The
.BR pan (1)
is \fIheavy\fP \- and
.B "not small" ,
.PP
.nf
code = 1
.fi
See
.Xr lid 1 .
Give
.Fl f Ar file
to it.
"""


CASES = {
    "dictd": (
        "Pan \\P[a]n\\, n.\n   A {vessel}.\n   [1913 Webster]\nPot\n   Deep.",
        ["Pan n. A vessel.", "Pot Deep."],
    ),
    "fortunes": ("One saying.\n%\nAnother,\nlonger.\n", ["One saying.", "Another, longer."]),
    "web_pages": (
        "<head><title>T</title></head><header>Hi</header><p>A <b>pan</b> &amp; lid<pre>x=1</pre>",
        ["Hi", "A pan & lid"],
    ),
    "manual_pages": (MAN, ["The pan(1) is heavy - and not small,", "See lid(1). Give -f file to it."]),
    "pod": ("=head1 PAN\n\nUse C<< a > b >> and B<I<now>>.\n\n    code", ["Use a > b and now."]),
    "plain_text": ("One.\n\nTwo\nlines.\n", ["One.", "Two lines."]),
    "battle_scripts": (
        'message= _ "He said ""no"" <i>twice</i>."\nname= _ "unit^Elf"\nid="x"',
        ['He said "no" twice.', "Elf"],
    ),
    "quoted_lines": ('conversation\n\t`Land on <planet>.`\n\tname "x"', ["Land on planet."]),
    "game_entries": (
        "%%%%\n# remark\nPan\n\nA pan.\n\nIt is @adj@.\n%%%%\nPot\n\nw:5\nA pot.",
        ["A pan.", "A pot."],
    ),
    "adventure": ("1\n1\tYOU ARE IN\n1\tA PAN.\n2\tOUT.\n", ["YOU ARE IN A PAN.", "OUT."]),
    "news_items": (
        "<TITLE>T</TITLE><BODY>Pans rose.\n    Pots fell &lt;POT>.</BODY>",
        ["Pans rose.", "Pots fell <POT>."],
    ),
    "diagnoses": ("<name>T20.1</name><desc>Burn by a pan</desc><note>hot</note>", ["Burn by a pan", "hot"]),
    "word_list": ("3\npan/MS\npot\nlid\n", ["pan, pot, lid"]),
}


@pytest.mark.parametrize("layout", CASES)
def test_each_layout_gives_its_text(layout: str) -> None:
    content, texts = CASES[layout]
    for data in (content.encode(), gzip.compress(content.encode())):
        passages = layouts.READERS[layout]([Member(path="a/file", data=data)])
        assert [" ".join(one.text.split()) for one in passages if one.text.strip()] == texts


@pytest.mark.parametrize("layout", ["dictd", "manual_pages"])
def test_a_packed_file_that_is_cut_off_is_refused_by_its_path(layout: str) -> None:
    member = Member(path="a/file.gz", data=gzip.compress(b"text" * 20)[:-9])
    with pytest.raises(BadPackageError, match=r"^a/file\.gz: cut off or damaged$"):
        list(layouts.READERS[layout]([member]))


def test_neighbouring_fortunes_are_one_document() -> None:
    content = "\n%\n".join(f"Saying {number}." for number in range(layouts.NEAR + 1))
    found = [one.document for one in layouts.fortunes([Member(path="a/odd", data=content.encode())])]
    assert found == ["odd0"] * layouts.NEAR + ["odd1"]


def test_verses_are_found_by_book_and_place() -> None:
    books = [b"<w>In</w> the pan.<note>n</note> Out of it.", b"Another book."]
    packed = [zlib.compress(book) for book in books]
    parts = {
        "bzz": b"".join(packed),
        "bzs": struct.pack("<III", 0, len(packed[0]), len(books[0]))
        + struct.pack("<III", len(packed[0]), len(packed[1]), len(books[1])),
        "bzv": struct.pack("<IIH", 0, 0, 39) + struct.pack("<IIH", 0, 0, 0) + struct.pack("<IIH", 1, 0, 13),
    }
    members = [Member(path=f"m/nt.{part}", data=data) for part, data in parts.items()]
    found = [(one.document, one.text) for one in layouts.verses(members)]
    assert found == [("nt0", "In the pan. Out of"), ("nt1", "Another book.")]
    with pytest.raises(BadPackageError, match="nt: no SWORD text"):
        list(layouts.verses(members[:2]))


def test_a_novel_is_read_out_of_packed_lines() -> None:
    lines = [b"The pan", b"was hot.", b"", b"Nobody came."]
    strings = b"".join(b"\x00\x04\x00\x09" + struct.pack(">i", len(line)) + line for line in lines)
    store = (struct.pack(">i", len(strings)) + zlib.compress(strings)) * 2
    found = [one.text for one in layouts.novels([Member(path="d/Rdata.rdb", data=store)])]
    assert found == ["The pan\nwas hot.", "Nobody came."] * 2
    with pytest.raises(BadPackageError, match=r"Rdata\.rdb: a damaged object"):
        list(layouts.novels([Member(path="d/Rdata.rdb", data=b"\0\0\0\1 not packed")]))
