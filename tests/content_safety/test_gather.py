"""Gathering clean text, offline: tiny packages made here, no document on both sides, and refusals of bad packages."""

import hashlib
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.content_safety.classifier import gather, layouts, packages
from local.content_safety.classifier.packages import BadPackageError, Member, Package

THINGS = ["kettle", "lamp", "sofa", "bicycle", "garden", "printer", "window", "basket", "candle", "ladder"]
PERMISSIVE = re.compile(r"WordNet|public domain|BSD|MIT|Apache|PSF|Artistic|US government")


def _deb(files: Mapping[str, str], *, compression: str = "xz") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{compression}") as tar:  # type: ignore[call-overload]
        for path, text in files.items():
            entry = tarfile.TarInfo(f"./{path}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("./usr/share/wordnet/data.link")
        link.type, link.linkname = tarfile.SYMTYPE, "data.noun"
        tar.addfile(link)
    return b"!<arch>\n" + b"".join(
        _entry(name, content)
        for name, content in [
            ("debian-binary", b"2.0\n"),
            ("control.tar.xz", b"odd"),  # of an odd length: the next entry begins one byte later
            (f"data.tar.{compression}", data.getvalue()),
        ]
    )


def _entry(name: str, content: bytes) -> bytes:
    return (
        f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        + content
        + b"\n" * (len(content) % 2)
    )


def _synset(lemma: str, gloss: str) -> str:
    return f"00001740 03 n 01 {lemma} 0 000 | {gloss}  \n"


GLOSSES = "  1 a licence\n" + "".join(
    _synset(f"{thing}_{other}", f"a {thing} beside a {other} (sense {sense})")
    for thing in THINGS
    for other in THINGS
    for sense in (1, 2)
)


def _sources(tmp_path: Path, deb: bytes, *, learn: bool = True, sha256: str = "") -> Path:
    """A list of one source whose package lies there already, where sha256 is not given otherwise."""
    (tmp_path / "out" / "packages").mkdir(parents=True, exist_ok=True)
    (tmp_path / "out" / "packages" / "tiny.deb").write_bytes(deb)
    file = tmp_path / "sources.toml"
    file.write_text(
        f"""[[source]]
        name = "glosses"
        package.name = "tiny"
        package.version = "1.0-1"
        package.sha256 = "{sha256 or hashlib.sha256(deb).hexdigest()}"
        licence = "public domain"
        learn = {str(learn).lower()}
        layout = "wordnet"
        files = ["usr/share/wordnet/data.*"]
        """
    )
    return file


def _run(tmp_path: Path, sources: Path, *more: str) -> int:
    return gather.main([str(tmp_path / "out"), "--sources", str(sources), *more])


def _rows(tmp_path: Path, side: str) -> list[dict[str, object]]:
    lines = (tmp_path / "out" / side / "glosses.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_both_halves_are_written_share_no_document_and_are_labelled_clean(tmp_path: Path) -> None:
    deb = _deb(
        {"usr/share/wordnet/data.noun": GLOSSES, "usr/share/wordnet/index.noun": "not this file, it is one"}
    )
    assert _run(tmp_path, _sources(tmp_path, deb)) == 0
    train, clean = _rows(tmp_path, "train"), _rows(tmp_path, "clean")
    assert len(train) + len(clean) == 200
    assert min(len(train), len(clean)) > 60
    assert not {row["doc"] for row in train} & {row["doc"] for row in clean}
    for row in train:  # the same side on every machine and in every run
        assert int(hashlib.sha256(str(row["doc"]).encode()).hexdigest(), 16) % 2 == 1
    assert train[0] | {"text": "", "doc": ""} == {
        "text": "",
        "violence": 0,
        "sexual": 0,
        "hate": 0,
        "self_harm": 0,
        "src": "tiny",
        "doc": "",
        "lang": "en",
    }


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    sources = _sources(tmp_path, _deb({"usr/share/wordnet/data.noun": GLOSSES}))
    files = [tmp_path / "out" / side / "glosses.jsonl" for side in ("train", "clean")]
    _run(tmp_path, sources)
    first = [file.read_bytes() for file in files]
    _run(tmp_path, sources)
    assert [file.read_bytes() for file in files] == first
    assert not list((tmp_path / "out").rglob("*.part"))


def test_what_may_only_be_measured_on_is_never_learned_from(tmp_path: Path) -> None:
    deb = _deb({"usr/share/wordnet/data.noun": GLOSSES}, compression="gz")
    _run(tmp_path, _sources(tmp_path, deb, learn=True))
    assert _run(tmp_path, _sources(tmp_path, deb, learn=False)) == 0
    assert len(_rows(tmp_path, "clean")) == 200
    assert not (tmp_path / "out" / "train" / "glosses.jsonl").exists()


def test_copies_drawings_and_labelled_entries_are_left_out(tmp_path: Path) -> None:
    glosses = [
        _synset("kettle", "a vessel in which water is boiled"),
        _synset("kettle", "A vessel, in which water is boiled!"),
        _synset("lamp", "a word that is VULGAR in its own words"),
        _synset("sofa", "|-- width 34 -- depth 78 -- height 12 -- 34 56 -- 78 90"),
        _synset("urn", ""),
    ]
    _run(tmp_path, _sources(tmp_path, _deb({"usr/share/wordnet/data.noun": "".join(glosses)}), learn=False))
    assert [row["text"] for row in _rows(tmp_path, "clean")] == ["kettle: a vessel in which water is boiled"]


def test_translations_take_the_same_side_and_other_options_narrow_a_source(tmp_path: Path) -> None:
    deb = _deb(
        {
            f"doc/{language}/{thing}": f"here stands a {thing} in {language}"
            for thing in THINGS
            for language in ("de", "fr")
        }
    )
    rows = [
        ("de", 'files = ["doc/de/*"]\nfamily = "manual"\nunder = "doc/de/"'),
        ("fr", 'files = ["doc/*"]\nnot_files = ["doc/de/*"]\nfamily = "manual"\nunder = "doc/fr/"'),
        ("some", 'files = ["doc/*"]\nwithout = "a (sofa|lamp)"\nlanguage = "xx"'),
        ("fewer", 'files = ["doc/*"]\none_in = 3\nlearn = false'),
    ]
    source = _sources(tmp_path, deb).read_text().replace("wordnet", "plain_text")
    source = re.sub(r"files = .*", "", source)
    out = tmp_path / "out"

    def gathered(name: str, options: str) -> dict[str, list[str]]:
        chosen = source.replace("learn = true\n", "") if "learn" in options else source
        (tmp_path / "sources.toml").write_text(chosen.replace('"glosses"', f'"{name}"') + options)
        assert _run(tmp_path, tmp_path / "sources.toml") == 0
        files = {side: out / side / f"{name}.jsonl" for side in ("train", "clean")}
        lines = {side: file.read_text().splitlines() if file.exists() else [] for side, file in files.items()}
        return {side: [json.loads(line)["text"] for line in found] for side, found in lines.items()}

    german, french, some, fewer = (gathered(name, options) for name, options in rows)
    assert [text.replace("in de", "in fr") for text in german["train"]] == french["train"] != []
    assert [text.replace("in de", "in fr") for text in german["clean"]] == french["clean"] != []
    assert len(some["train"]) + len(some["clean"]) == 16
    assert not fewer["train"]
    assert 0 < len(fewer["clean"]) < 16


def test_a_long_passage_is_cut(tmp_path: Path) -> None:
    words = " ".join(f"{thing}" for thing in THINGS * 20)
    _run(
        tmp_path, _sources(tmp_path, _deb({"usr/share/wordnet/data.noun": _synset("a", words)}), learn=False)
    )
    assert [len(str(row["text"]).split()) for row in _rows(tmp_path, "clean")] == [150, 51]


def test_the_table_names_the_licence_and_shows_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deb = _deb({"usr/share/wordnet/data.noun": _synset("kettle", "a vessel in which water is boiled")})
    _run(tmp_path, _sources(tmp_path, deb, learn=False), "--table")
    printed = capsys.readouterr()
    assert "| glosses | tiny | 1.0-1 | public domain | en | 0 | 1 |" in printed.out.splitlines()
    assert "vessel" not in printed.out + printed.err


@pytest.mark.usefixtures("no_network")
def test_a_version_that_is_gone_is_told_and_leaves_nothing_of_an_earlier_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deb = _deb({"usr/share/wordnet/data.noun": GLOSSES})
    sources = _sources(tmp_path, deb)
    assert _run(tmp_path, sources) == 0
    other = sources.read_text().replace('"glosses"', '"others"')
    gone = re.sub(r'sha256 = "\w+"', f'sha256 = "{"0" * 64}"', sources.read_text())
    sources.write_text(f"{gone}\n{other}")
    assert _run(tmp_path, sources, "--table") == 1
    printed = capsys.readouterr()
    assert "missing: tiny 1.0-1: apt-get did not run through (FileNotFoundError)" in printed.err
    assert "| glosses | tiny | 1.0-1 | public domain | en | missing | missing |" in printed.out
    assert not (tmp_path / "out" / "clean" / "glosses.jsonl").exists()
    assert (tmp_path / "out" / "clean" / "others.jsonl").exists()


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("exit 100", "this version is not to be had"),
        ("echo something else > tiny_1.0-1_all.deb", "came with another SHA-256"),
    ],
)
def test_what_apt_brings_must_be_what_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, told: str
) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f"#!/bin/sh\n{does}\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(apt.parent))
    with pytest.raises(packages.MissingPackageError, match=f"tiny 1.0-1: {told}"):
        packages.bring(Package(name="tiny", version="1.0-1", sha256="0" * 64), tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_a_package_is_brought_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\necho content > tiny_1.0-1_all.deb\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(apt.parent))
    package = Package(name="tiny", version="1.0-1", sha256=hashlib.sha256(b"content\n").hexdigest())
    for _ in range(2):
        assert packages.bring(package, tmp_path / "kept").read_bytes() == b"content\n"
    assert (tmp_path / "asked").read_text() == "--quiet download tiny=1.0-1\n"


GOOD = _deb({"usr/share/wordnet/data.noun": GLOSSES})
BAD = {
    "no Debian package": b"PK\x03\x04 something else altogether",
    "holds no files": GOOD[: GOOD.index(b"data.tar")],
    "a damaged table of contents": GOOD.replace(b"`\n", b"??", 1),
    "compressed in a way not read here": GOOD.replace(b"data.tar.xz ", b"data.tar.zst", 1),
    "cut off or damaged": GOOD[: GOOD.index(b"data.tar") + 200],
}


@pytest.mark.parametrize("told", BAD)
def test_a_malformed_package_is_refused_by_name_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: str
) -> None:
    assert _run(tmp_path, _sources(tmp_path, BAD[told])) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gather: tiny.deb: ")
    assert told in line
    assert not [*(tmp_path / "out").rglob("*.jsonl"), *(tmp_path / "out").rglob("*.part")]


def test_a_wheel_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "tiny.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny/data.xml", "<name>X1</name>")
        archive.writestr("tiny/code.py", "")
    (member,) = packages.members(wheel, lambda path: path.endswith(".xml"))
    assert member == Member(path="tiny/data.xml", data=b"<name>X1</name>")
    wheel.write_bytes(wheel.read_bytes()[:40])
    with pytest.raises(BadPackageError, match=r"tiny\.whl: cut off or damaged"):
        list(packages.members(wheel, lambda path: True))


def test_every_shipped_source_is_pinned_readable_and_learned_from_only_where_it_may_be() -> None:
    sources = gather.read_sources()
    assert len({source.name for source in sources}) == len(sources) > 60
    for source in sources:
        assert re.fullmatch("[0-9a-f]{64}", source.package.sha256)
        assert source.package.version
        assert source.package.kind in ("deb", "wheel")
        assert source.layout in layouts.READERS
        if source.learn:
            assert PERMISSIVE.search(source.licence)
    assert {source.name for source in sources if source.family} == {
        source.name for source in sources if source.package.name == "apache2-doc"
    }
