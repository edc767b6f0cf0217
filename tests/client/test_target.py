"""Where a command finds the Tunegate it talks to."""

import json
from pathlib import Path

import pytest

from client.errors import Misused
from client.target import CLOUD_FILE, find_target

AZURE = {
    "TrainingStorage__blobServiceUri": "https://train.blob.core.windows.net",
    "VerdictStorage__tableServiceUri": "https://verdict.table.core.windows.net",
    "ServiceBus__fullyQualifiedNamespace": "bus.servicebus.windows.net",
    "TUNEGATE_RESOURCE": "tuning-1",
    "ServiceBus__clientId": "an-identity",
}


def running_cloud(folder: Path, resource: str) -> Path:
    path = folder / CLOUD_FILE
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps({"settings": {"TUNEGATE_RESOURCE": resource, "ServiceBus": "Endpoint=sb://x"}})
    )
    return path


def test_a_running_cloud_is_found_from_a_folder_below(tmp_path: Path) -> None:
    running_cloud(tmp_path, "here")
    below = tmp_path / "samples" / "more"
    below.mkdir(parents=True)
    assert find_target(None, {}, below).resource == "here"
    assert find_target(None, {"TUNEGATE_RESOURCE": "no service"}, below).resource == "here"


def test_the_nearest_cloud_wins(tmp_path: Path) -> None:
    running_cloud(tmp_path, "above")
    running_cloud(tmp_path / "near", "near")
    assert find_target(None, {}, tmp_path / "near").resource == "near"


def test_the_environment_comes_before_a_cloud_that_runs_and_a_file_before_both(tmp_path: Path) -> None:
    running_cloud(tmp_path, "running")
    named = running_cloud(tmp_path / "other", "named")
    assert find_target(None, AZURE, tmp_path).resource == "tuning-1"
    assert find_target(named, AZURE, tmp_path).resource == "named"


def test_connections_by_identity(tmp_path: Path) -> None:
    target = find_target(None, AZURE, tmp_path)
    assert target.training_storage.address == "https://train.blob.core.windows.net"
    assert target.verdict_storage.address == "https://verdict.table.core.windows.net"
    assert target.service_bus.address == "bus.servicebus.windows.net"
    assert target.service_bus.client_id == "an-identity"


def test_with_nothing_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"Run `make local`.*ServiceBus__fullyQualifiedNamespace"):
        find_target(None, {"PATH": "/bin"}, tmp_path)


def test_a_missing_setting_is_named_with_the_place(tmp_path: Path) -> None:
    target = find_target(running_cloud(tmp_path, "here"), {}, tmp_path)
    with pytest.raises(Misused, match=r"TrainingStorage__blobServiceUri.*cloud\.json"):
        _ = target.training_storage
    with pytest.raises(Misused, match=r"TUNEGATE_REGION is missing from .*cloud\.json"):
        _ = target.region
    assert target.host == "http://127.0.0.1:7071"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"settings": 1}', b"\xff", b'{"settings": {"a": 1}}'])
def test_a_file_that_describes_no_cloud(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cloud.json"
    path.write_bytes(content)
    with pytest.raises(Misused, match="does not describe a cloud"):
        find_target(path, {}, tmp_path)


def test_secrets_stay_out_of_the_repr(tmp_path: Path) -> None:
    target = find_target(None, {"ServiceBus": "SharedAccessKey=hunter2"}, tmp_path)
    assert "hunter2" not in repr(target) + repr(target.service_bus)
