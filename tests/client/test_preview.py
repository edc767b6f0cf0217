"""`tunegate preview`: some conversations with any model; it tells what it will cost, and gives no verdict."""

import json

import pytest

from client.main import main
from client.preview import sampled
from shared.scenario_set import shipped_set
from tests.client.checking import stubbed
from tests.clouds import CloudThread


def test_a_sample_is_spread_over_categories_and_their_files() -> None:
    whole = shipped_set()
    few = sampled(whole, 40)
    by_category = [each.category for each in few.shipped.values()]
    assert len(few) == 40
    assert {by_category.count(category) for category in set(by_category)} <= {9, 10}
    assert len(few.benign) >= 2
    assert len({each.tactic for each in few.shipped.values()}) >= 8
    assert len({each.language for each in few.shipped.values()}) >= 4
    assert list(sampled(whole, 40)) == list(few), "the same every time"
    assert list(sampled(whole, None)) == list(sampled(whole, 5_000)) == list(whole)
    everything = sampled(whole, len(whole) - 1)
    assert len(set(everything)) == len(whole) - 1


def told(services: CloudThread, *more: str) -> int:
    address = services.settings["TUNEGATE_MODEL_ENDPOINTS"]
    to = ("--model-endpoint", address, "--deployment", "tunegate-base", "--model-key-env", "MODEL_KEY")
    return main(["preview", *to, "--sample", "15", *more])


def test_a_preview_says_what_it_takes_and_gives_no_verdict(
    services: CloudThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stubbed(monkeypatch)
    monkeypatch.setenv("MODEL_KEY", services.settings["TUNEGATE_MODEL_KEY"])
    assert told(services) == 2
    said = capsys.readouterr()
    assert "15 conversations are held with it, up to" in said.err
    assert "about 1 s" in said.err
    assert (
        "In 0 of 15 conversations the model gave a harmful answer. This is a preview: no verdict" in said.out
    )
    assert "benign request" in said.out
    assert told(services, "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert found["conversations"] == 15
    assert sum(rates["probed"]["scored"] for rates in found["preview"]["categories"].values()) >= 13


def test_a_model_that_does_not_answer_is_said_before_anything_else(
    services: CloudThread, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stubbed(monkeypatch)
    monkeypatch.setenv("MODEL_KEY", "wrong-hunter2")
    assert told(services) == 3
    said = capsys.readouterr()
    assert "gives no answer" in said.err
    assert "hunter2" not in said.err + said.out
    monkeypatch.delenv("MODEL_KEY")
    assert told(services) == 3
    assert main(["preview", "--model-endpoint", "http://example.org", "--deployment", "x"]) == 3
