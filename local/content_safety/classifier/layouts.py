"""The layouts text comes in inside packages: each one's reader gives passages with the document they stand in."""

import gzip
import html
import itertools
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from local.content_safety.classifier import manual_page
from local.content_safety.classifier.packages import BadPackageError, Member

NEAR = 20
"""So many fortunes that stand beside each other are one document: they are often about one thing."""
CHAPTER = 100
"""So many paragraphs of a novel are one document."""
WORDS = 8
"""So many words of a word list make one passage."""

_GZIP = b"\x1f\x8b"
_BREAK = re.compile(r"\n\s*\n")
_MARKUP = re.compile(r"<[^>]+>")
_HIDDEN = re.compile(r"(?is)<(script|style|pre|head|nav|svg|noscript)\b.*?</\1\s*>")
_BLOCK = re.compile(r"(?i)</?(?:p|div|li|td|th|tr|h\d|dd|dt|br|table|[uod]l|section)\b[^>]*>")
_POD_CODE = re.compile(r"[A-Z](?:<{2,}\s+(.*?)\s+>{2,}|<([^<>]*)>)", re.DOTALL)
_WML = re.compile(r'_\s*"((?:[^"]|"")*)"')
_R_STRING = re.compile(rb"\x00.\x00\x09(.{4})", re.DOTALL)
_R_LINE_BYTES = 200
_ICD = re.compile(r"<(name|desc|note)>([^<]+)</\1>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text, and the document it stands in: what is learned from and what is measured on share no document."""

    document: str
    text: str


def wordnet(members: Iterable[Member]) -> Iterator[Passage]:
    """Glosses with their headword; the document is the lemma."""
    for member in members:
        for line in _text(member).splitlines():
            synset, separator, gloss = line.partition(" | ")
            fields = synset.split()
            if line.startswith(" ") or not separator or len(fields) < 5:
                continue
            lemma = fields[4].partition("(")[0].replace("_", " ")
            yield Passage(document=lemma.lower(), text=f"{lemma}: {gloss}")


def dictd(members: Iterable[Member]) -> Iterator[Passage]:
    """Entries of a dictionary server's file; one begins at every line that is not indented."""
    for member in members:
        for entry in re.split(r"\n(?=\S)", _text(member)):
            headword = entry.partition("\n")[0]
            # pronunciations between backslashes, links in braces, the edition after every sense
            plain = re.sub(r"\\[^\\\n]{1,80}\\,?|\[1913 Webster\]|[{}]", "", entry)
            yield Passage(document=headword, text=plain)


def fortunes(members: Iterable[Member]) -> Iterator[Passage]:
    for member in members:
        name = member.path.rpartition("/")[2]
        for number, entry in enumerate(re.split(r"\n%\n", _text(member))):
            yield Passage(document=f"{name}{number // NEAR}", text=entry)


def web_pages(members: Iterable[Member]) -> Iterator[Passage]:
    """Paragraphs of HTML without code, navigation and what no reader sees."""
    for member in members:
        shown = _MARKUP.sub("", _BLOCK.sub("\n\n", _HIDDEN.sub(" ", _text(member))))
        yield from _paragraphs(member, html.unescape(shown))


def manual_pages(members: Iterable[Member]) -> Iterator[Passage]:
    for member in members:
        yield from _paragraphs(member, manual_page.plain(_text(member)))


def pod(members: Iterable[Member]) -> Iterator[Passage]:
    """Paragraphs of Perl's documentation without commands and code."""
    for member in members:
        for passage in _paragraphs(member, _text(member)):
            if not passage.text.startswith(("=", " ", "\t")):
                text = passage.text
                for _ in range(3):  # codes stand in codes
                    text = _POD_CODE.sub(lambda code: code.group(1) or code.group(2) or "", text)
                yield Passage(document=passage.document, text=text)


def plain_text(members: Iterable[Member]) -> Iterator[Passage]:
    for member in members:
        yield from _paragraphs(member, _text(member))


def battle_scripts(members: Iterable[Member]) -> Iterator[Passage]:
    """What is said and told in Wesnoth's campaigns: the strings marked for translation."""
    for member in members:
        for string in _WML.findall(_text(member)):
            shown = _MARKUP.sub("", string.replace('""', '"'))
            yield Passage(document=member.path, text=shown.rpartition("^")[2])


def quoted_lines(members: Iterable[Member]) -> Iterator[Passage]:
    """What Endless Sky's missions say: everything between backquotes."""
    for member in members:
        for said in re.findall(r"`([^`\n]+)`", _text(member)):
            yield Passage(document=member.path, text=re.sub(r"[<>]", "", said))


def game_entries(members: Iterable[Member]) -> Iterator[Passage]:
    """Descriptions in Dungeon Crawl's files: entries between %%%%, under a line that names them; no scripts."""
    for member in members:
        for entry in _text(member).split("%%%%"):
            lines = [line for line in entry.strip().splitlines() if not re.match(r"#|w:\d|:", line)]
            name = lines[0] if lines else ""
            for text in _BREAK.split("\n".join(lines[1:])):
                if not re.search(r"\{\{|\}\}|@", text):
                    yield Passage(document=f"{member.path}:{name}", text=text)


def adventure(members: Iterable[Member]) -> Iterator[Passage]:
    """Messages of the cave adventure: lines with the same number before the tab belong together."""
    for member in members:
        rows = [line.split("\t", 1) for line in _text(member).splitlines() if "\t" in line]
        for number, lines in itertools.groupby(rows, key=lambda row: row[0]):
            yield Passage(document=f"message{number}", text=" ".join(line[1] for line in lines))


def news_items(members: Iterable[Member]) -> Iterator[Passage]:
    for member in members:
        for body in re.findall(r"(?s)<BODY>(.*?)</BODY>", _text(member)):
            yield from _paragraphs(member, re.sub(r"\n {3,}", "\n\n", html.unescape(body)))


def diagnoses(members: Iterable[Member]) -> Iterator[Passage]:
    """Names and notes of ICD-10-CM; the document is the category of three characters."""
    for member in members:
        category = ""
        for kind, text in _ICD.findall(_text(member)):
            if kind == "name":
                category = text[:3]
            else:
                yield Passage(document=category, text=html.unescape(text))


def word_list(members: Iterable[Member]) -> Iterator[Passage]:
    for member in members:
        words = [line.partition("/")[0] for line in _text(member).splitlines()[1:]]
        for start in range(0, len(words), WORDS):
            together = ", ".join(words[start : start + WORDS])
            yield Passage(document=f"{member.path}:{start // (WORDS * NEAR)}", text=together)


def novels(members: Iterable[Member]) -> Iterator[Passage]:
    """Paragraphs of novels in R's store of compressed objects, each a vector of lines."""
    for member in members:
        position = 0
        while position < len(member.data):
            start = position + 4  # the length of what follows when unpacked
            unpacker = zlib.decompressobj()
            try:
                content = unpacker.decompress(member.data[start:])
            except zlib.error:
                raise BadPackageError(f"{member.path}: a damaged object in it") from None
            position = len(member.data) - len(unpacker.unused_data) if unpacker.eof else len(member.data)
            for number, text in enumerate(_BREAK.split("\n".join(_r_strings(content)))):
                yield Passage(document=f"novel{start}-{number // CHAPTER}", text=text)


def verses(members: Iterable[Member]) -> Iterator[Passage]:
    """Verses of a SWORD module; the document is the book."""
    parts: dict[str, dict[str, bytes]] = defaultdict(dict)
    for member in members:
        testament, _, suffix = member.path.rpartition("/")[2].partition(".")
        parts[testament][suffix] = member.data
    for testament, part in parts.items():
        try:
            books = [
                zlib.decompress(part["bzz"][start : start + size])
                for start, size, _ in struct.iter_unpack("<III", part["bzs"])
            ]
            places = list(struct.iter_unpack("<IIH", part["bzv"]))
            found = [(book, books[book][start : start + size]) for book, start, size in places if size]
        except (KeyError, IndexError, struct.error, zlib.error):
            raise BadPackageError(f"{testament}: no SWORD text") from None
        for book, verse in found:
            shown = re.sub(r"(?s)<(note|title)\b.*?</\1>", "", verse.decode("utf-8", "replace"))
            yield Passage(document=f"{testament}{book}", text=html.unescape(_MARKUP.sub("", shown)))


READERS: dict[str, Callable[[Iterable[Member]], Iterator[Passage]]] = {
    reader.__name__: reader
    for reader in (
        wordnet,
        dictd,
        fortunes,
        web_pages,
        manual_pages,
        pod,
        plain_text,
        battle_scripts,
        quoted_lines,
        game_entries,
        adventure,
        news_items,
        diagnoses,
        word_list,
        novels,
        verses,
    )
}


def _text(member: Member) -> str:
    try:
        data = gzip.decompress(member.data) if member.data.startswith(_GZIP) else member.data
    except (OSError, EOFError, zlib.error):
        raise BadPackageError(f"{member.path}: cut off or damaged") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _paragraphs(member: Member, text: str) -> Iterator[Passage]:
    for paragraph in _BREAK.split(text):
        yield Passage(document=member.path, text=paragraph.strip("\n"))


def _r_strings(content: bytes) -> Iterator[str]:
    for found in _R_STRING.finditer(content):
        size = int.from_bytes(found.group(1), "big", signed=True)
        if 0 <= size < _R_LINE_BYTES:
            yield content[found.end() : found.end() + size].decode("utf-8", "replace")
