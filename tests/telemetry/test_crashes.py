"""A bug in any function tells the host what kind of error it was and where, and nothing that it says."""

import inspect
import traceback
from unittest.mock import Mock

import pytest

from functions.crashes import textless
from shared import services
from shared.errors import BadMessage, BadSettings, Crashed, Unavailable
from tests.privacy.scanner import Scanner
from tests.telemetry.entry_points import HANDED, EntryPoint, declared, entry_point, wire

CANARY = "NumbatPralineMistral"
SCANNER = Scanner(CANARY)


class Exploding:
    """Whatever is asked of it is a bug that quotes the text in hand."""

    def __getattr__(self, _: str) -> object:
        raise ValueError(CANARY)


def _bug(*_: object) -> None:
    raise ValueError(CANARY)


def told_by(error: BaseException) -> str:
    """All that a host could print of it: itself, and whatever it was caused by or came while handling."""
    chain = [error]
    while below := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(below)
    return "".join(repr(each) + "".join(traceback.format_exception(each)) for each in chain)


def test_no_function_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(declared(monkeypatch)) == set(HANDED)


CRASHES = [
    (name, place)
    for name in HANDED
    for place in ("what it is handed", "its services", "its work")
    if (name, place) != ("connect_azure_openai", "what it is handed")  # it does not look at its timer
]


@pytest.mark.parametrize(("name", "place"), CRASHES)
async def test_a_bug_in_a_function_tells_the_host_no_text(
    monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    function = entry_point(monkeypatch, name)
    handed = Exploding() if place == "what it is handed" else HANDED[name]
    wire(monkeypatch, {"its services": _bug, "its work": Exploding}.get(place, Mock))
    with pytest.raises(ValueError, match=CANARY) as raised:
        await inspect.unwrap(function)(handed)
    assert raised.traceback[-1].name == ("_bug" if place == "its services" else "__getattr__")
    with pytest.raises(Crashed, match=r"\AValueError at test_crashes\.py:\d+\Z") as raised:
        await function(handed)
    assert not SCANNER.sees(told_by(raised.value).encode())
    assert f" in {name}" in told_by(raised.value), "whoever mends it learns where it was"


@pytest.mark.parametrize("name", HANDED)
async def test_settings_that_need_mending_are_named_without_their_values(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    function = entry_point(monkeypatch, name)
    services.services.cache_clear()
    monkeypatch.setenv("TUNEGATE_RESOURCE", f"{CANARY} with blanks")
    monkeypatch.setenv("ContentSafety__endpoint", f"http://{CANARY}.example")
    with pytest.raises(BadSettings, match="TUNEGATE_RESOURCE is not") as raised:
        await function(HANDED[name])
    assert not SCANNER.sees(told_by(raised.value).encode())


def _plain() -> None:
    raise ValueError(CANARY)


def _caused() -> None:
    raise RuntimeError(CANARY) from ValueError(CANARY)


def _grouped() -> None:
    raise ExceptionGroup(CANARY, [ValueError(CANARY), KeyError(CANARY)])


@pytest.mark.parametrize(
    ("bug", "names"),
    [(_plain, ["ValueError"]), (_caused, ["RuntimeError"]), (_grouped, ["ExceptionGroup", "KeyError"])],
    ids=["plain", "caused", "grouped"],
)
async def test_a_crash_names_types_and_places(bug: EntryPoint, names: list[str]) -> None:
    @textless
    async def function() -> None:
        bug()

    with pytest.raises(Crashed) as raised:
        await function()
    assert not SCANNER.sees(told_by(raised.value).encode())
    assert all(name in str(raised.value) for name in names)
    assert "test_crashes.py:" in str(raised.value)


@pytest.mark.parametrize("error", [Unavailable("away"), BadMessage("not an outcome")], ids=repr)
async def test_errors_of_our_own_stay_as_they_are(error: Exception) -> None:
    @textless
    async def function() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await function()
    assert raised.value is error


async def test_an_error_of_ours_tells_no_bug_that_it_came_over() -> None:
    @textless
    async def function() -> None:
        try:
            _bug()
        finally:
            raise Unavailable("away")

    with pytest.raises(Unavailable, match="away") as raised:
        await function()
    assert CANARY not in "".join(traceback.format_exception(raised.value))
