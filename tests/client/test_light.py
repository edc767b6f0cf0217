"""What the light install holds, what a command says without the rest, and how commands are called."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from client.main import main
from local.cloud import PROJECT

SAMPLES = PROJECT / "samples"

_IMPORTS = """
import json, sys
import client.check, client.clean, client.convert, client.embedded, client.endpoint, client.main, shared.adapters.quiet
import azure.core.pipeline.transport
from local.content_safety.classifier.inference import shipped
shipped().analyze("hello")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_light_install_holds_what_is_imported() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _IMPORTS], cwd=PROJECT, capture_output=True, check=True, timeout=60
    )
    owners = importlib.metadata.packages_distributions()
    # The namespace package is owned by every Azure SDK; which of them is imported is said by the check with a resource.
    imported = {
        owners[name][0].lower() for name in json.loads(ran.stdout) if name in owners and name != "azure"
    }
    pinned = {
        re.split(r"==| ", line)[0].lower().replace("_", "-")
        for line in (PROJECT / "requirements" / "light.txt").read_text().splitlines()
    }
    assert {"numpy", "onnxruntime", "msgspec", "rich"} <= imported
    assert {name.replace("_", "-") for name in imported} - pinned <= {"tunegate", "setuptools", "pip"}
    assert not {"azure-servicebus", "azure-storage-blob", "openai"} & pinned


def test_without_a_package_the_command_says_how_to_bring_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ["azure.servicebus", *[name for name in sys.modules if name.startswith("azure.servicebus.")]]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in [name for name in sys.modules if name.startswith(("client.", "shared.adapters"))]:
        if name not in {"client.main", "client.errors", "client.terminal"}:
            monkeypatch.delitem(sys.modules, name)
    cloud = tmp_path / "cloud.json"
    cloud.write_text('{"settings": {}}')
    assert main(["submit", str(SAMPLES / "support.jsonl"), "--job", "a", "--cloud", str(cloud)]) == 3
    assert "make setup" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["check", "clean"])
def test_help_fits_a_terminal(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 82


@pytest.mark.parametrize("arguments", [["check"], ["check", "a", "b"], ["clean", "a"], ["clean", "-o", "b"]])
def test_a_wrong_command_line_is_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 3
    assert capsys.readouterr().err.startswith("usage: tunegate")
