"""Gather harmless but awkward text from packages: `python -m local.content_safety.classifier.gather FOLDER`.

Writes FOLDER/train/<source>.jsonl, to learn from, and FOLDER/clean/<source>.jsonl, to measure false positives on.
gathered.toml lists the sources with pinned versions. No document is on both sides: one half of each source's goes
to either, chosen by a hash; of sources that may only be measured on, everything goes to clean. Says how many
records came of what, and never shows one.
"""

import argparse
import contextlib
import fnmatch
import hashlib
import json
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.content_safety.classifier import corpus, layouts, packages
from local.content_safety.classifier.layouts import Passage
from local.content_safety.classifier.packages import BadPackageError, MissingPackageError, Package

SOURCES = Path(__file__).with_name("gathered.toml")
TRAIN, CLEAN = "train", "clean"
MOST_WORDS = 150
"""A longer passage is cut."""
MOST_CHARACTERS = 1200
"""The same, where words are not parted by spaces."""
LEAST_LETTERS = 12
LETTERS_SHARE = 0.6
"""With a smaller share of letters a passage is a table, a drawing or code."""
LABELLED = re.compile(r"(?i)\b(obscene|vulgar|offensive|slurs?|derogatory|disparag\w+|ethnic slang)\b")
"""Entries of dictionaries whose own text says this are left out: the one rule about content, blind to any
classifier."""
_DICTIONARIES = ("wordnet", "dictd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files of one package that are read in one layout, and what their licence lets us do with them."""

    name: str
    package: Package
    licence: str
    learn: bool
    """Whether half of it may be learned from; otherwise all of it is measured on."""
    layout: str
    files: tuple[str, ...]
    not_files: tuple[str, ...] = ()
    without: str = ""
    """Passages in which this expression is found are left out."""
    family: str = ""
    """Sources of one family, such as translations, put a document on the same side."""
    under: str = ""
    """The part of a path that is no part of the document's name."""
    least_words: int = 3
    one_in: int = 1
    """Only so many of the documents are taken, chosen by a hash, so that none of the sources outweighs the rest."""
    language: str = "en"

    def wants(self, path: str) -> bool:
        """Whether the file is one of the source's."""
        return any(fnmatch.fnmatchcase(path, wanted) for wanted in self.files) and not any(
            fnmatch.fnmatchcase(path, unwanted) for unwanted in self.not_files
        )

    def fits(self, text: str) -> bool:
        """Whether the text is prose or a word's explanation, and not labelled as harmful in its own words."""
        letters = sum(character.isalpha() for character in text)
        return (
            letters >= max(LEAST_LETTERS, LETTERS_SHARE * len(text))
            and len(text.split()) >= self.least_words
            and not (self.layout in _DICTIONARIES and LABELLED.search(text))
            and not (self.without and re.search(self.without, text))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """How many records came of a source, or why none."""

    source: Source
    train: int = 0
    clean: int = 0
    missing: str = ""


def read_sources(file: Path = SOURCES) -> list[Source]:
    """The list of sources, in the order in which of two copies of a text the first is kept."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["source"]
    return [
        Source(
            package=Package(**row.pop("package")),
            files=tuple(row.pop("files")),
            not_files=tuple(row.pop("not_files", ())),
            **row,
        )
        for row in rows
    ]


def gather(sources: Iterable[Source], folder: Path, kept: Path) -> Iterator[Gathered]:
    """Write each source's records; a package that is missing is told, and leaves no file of an earlier run."""
    seen: set[bytes] = set()
    for source in sources:
        try:
            file = packages.bring(source.package, kept)
        except MissingPackageError as error:
            for side in (TRAIN, CLEAN):
                (folder / side / f"{source.name}.jsonl").unlink(missing_ok=True)
            yield Gathered(source=source, missing=str(error))
            continue
        yield _write(source, file, folder, seen)


def table(gathered: Sequence[Gathered]) -> Iterator[str]:
    """Yield the lines of a Markdown table of the sources."""
    yield "| source | package | version | licence | language | records to learn from | held out |"
    yield "|---|---|---|---|---|---|---|"
    for one in gathered:
        package, counts = one.source.package, f"{one.train} | {one.clean}"
        yield (
            f"| {one.source.name} | {package.name} | {package.version} | {one.source.licence} "
            f"| {one.source.language} | {'missing | missing' if one.missing else counts} |"
        )
    total = f"{sum(one.train for one in gathered)} | {sum(one.clean for one in gathered)}"
    yield f"| together | | | | | {total} |"


def _write(source: Source, file: Path, folder: Path, seen: set[bytes]) -> Gathered:
    """Files appear only when they are whole."""
    counts = {TRAIN: 0, CLEAN: 0}
    paths = {side: folder / side / f"{source.name}.jsonl" for side in counts}
    parts = {side: path.with_suffix(".part") for side, path in paths.items()}
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with contextlib.ExitStack() as stack:
            outs = {
                side: stack.enter_context(part.open("w", encoding="utf-8")) for side, part in parts.items()
            }
            for document, text in _records(source, file, seen):
                side = _side(source, document)
                counts[side] += 1
                outs[side].write(_line(source, document, text))
        for side, part in parts.items():
            if counts[side]:
                part.replace(paths[side])
            else:
                paths[side].unlink(missing_ok=True)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return Gathered(source=source, train=counts[TRAIN], clean=counts[CLEAN])


def _line(source: Source, document: str, text: str) -> str:
    row = {
        "text": text,
        **dict.fromkeys(corpus.LABEL_FIELDS, 0),
        "src": source.package.name,
        "doc": f"{source.name}:{document}",
        "lang": source.language,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _records(source: Source, file: Path, seen: set[bytes]) -> Iterator[tuple[str, str]]:
    read = layouts.READERS[source.layout]
    for passage in read(packages.members(file, source.wants)):
        document = passage.document.removeprefix(source.under)
        if _digest(source, document)[0] % source.one_in:
            continue
        for text in _pieces(passage):
            if not source.fits(text):
                continue
            key = hashlib.blake2b(
                " ".join(re.findall(r"\w+", text.lower())).encode("utf-8", "replace"), digest_size=8
            ).digest()
            if key not in seen:
                seen.add(key)
                yield document, text


def _pieces(passage: Passage) -> Iterator[str]:
    """The passage in one line, cut where it is long; a single word that is too long is left out."""
    piece: list[str] = []
    length = 0
    for word in passage.text.split():
        if len(word) > MOST_CHARACTERS:
            continue
        if len(piece) == MOST_WORDS or length + len(word) > MOST_CHARACTERS:
            yield " ".join(piece)
            piece, length = [], 0
        piece.append(word)
        length += len(word) + 1
    if piece:
        yield " ".join(piece)


def _side(source: Source, document: str) -> str:
    return TRAIN if source.learn and _digest(source, document)[-1] % 2 else CLEAN


def _digest(source: Source, document: str) -> bytes:
    return hashlib.sha256(f"{source.family or source.name}:{document}".encode("utf-8", "replace")).digest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="gather", description="Gather harmless but awkward text.")
    parser.add_argument("folder", type=Path, help="where train/ and clean/ are written")
    parser.add_argument("--packages", type=Path, help="where packages are kept (FOLDER/packages)")
    parser.add_argument("--sources", type=Path, default=SOURCES, help="the list of sources")
    parser.add_argument("--table", action="store_true", help="print the table of sources in the end")
    options = parser.parse_args(arguments)
    sources = read_sources(options.sources)
    gathered: list[Gathered] = []
    started = time.monotonic()
    try:
        for one in gather(sources, options.folder, options.packages or options.folder / "packages"):
            gathered.append(one)
            told = one.missing or f"{one.train} to learn from, {one.clean} held out"
            took_s = time.monotonic() - started
            sys.stderr.write(f"{len(gathered)}/{len(sources)} {one.source.name}: {told} ({took_s:.0f} s)\n")
    except BadPackageError as error:
        sys.stderr.write(f"gather: {error}\n")
        return 1
    if options.table:
        sys.stdout.writelines(line + "\n" for line in table(gathered))
    missing = [one for one in gathered if one.missing]
    for one in missing:
        sys.stderr.write(f"missing: {one.missing}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
