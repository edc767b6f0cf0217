"""A cloud is whole, keeps to itself and refuses what is in use."""

import socket
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobServiceClient

from local.cloud import PARTS, LocalCloud, Occupied
from local.ports import Ports
from local.process import StartFailed
from tests.local.children import none_left_below, serves

STORAGE = ("azurite",)


async def put(cloud: LocalCloud, name: str) -> None:
    async with BlobServiceClient.from_connection_string(cloud.settings["TrainingStorage"]) as service:
        await service.get_container_client("training").upload_blob(name, name.encode())


async def names(cloud: LocalCloud) -> list[str]:
    async with BlobServiceClient.from_connection_string(cloud.settings["TrainingStorage"]) as service:
        return [blob.name async for blob in service.get_container_client("training").list_blobs()]


async def test_a_whole_cloud_serves_and_leaves_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    async with LocalCloud(folder=tmp_path / "cloud", told=told.append) as cloud:
        ports = [server.port for server in cloud.servers.values()]
        assert all(serves(port) for port in ports)
        assert sorted(told) == sorted(PARTS)
        assert told[-1] == "host"
    assert not any(serves(port) for port in ports)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 -- nothing else runs on this loop


async def test_two_clouds_keep_apart(tmp_path: Path) -> None:
    async with LocalCloud(folder=tmp_path / "one", parts=STORAGE) as one:
        async with LocalCloud(folder=tmp_path / "two", parts=STORAGE) as two:
            await put(one, "a")
            await put(two, "b")
            assert (await names(one), await names(two)) == (["a"], ["b"])
            assert one.keys.account != two.keys.account
        await put(one, "c")
        assert await names(one) == ["a", "c"]


async def test_a_part_comes_back_on_its_port(tmp_path: Path) -> None:
    async with LocalCloud(folder=tmp_path, parts=("broker", "model_server")) as cloud:
        ports = {name: server.port for name, server in cloud.servers.items()}
        await cloud.kill("broker")
        assert not serves(ports["broker"])
        await cloud.start("broker")
        await cloud.restart("model_server")
        assert {name: server.port for name, server in cloud.servers.items()} == ports
        assert all(serves(port) for port in ports.values())


async def test_a_port_in_use_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Occupied, match=rf"Port {port}.* content_safety "):
            await LocalCloud(folder=tmp_path / "cloud", ports=Ports(content_safety=port)).__aenter__()
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 -- nothing else runs on this loop


async def test_a_folder_in_use_is_refused_and_free_afterwards(tmp_path: Path) -> None:
    async with LocalCloud(folder=tmp_path, parts=("broker",), keep=True):
        with pytest.raises(Occupied, match=f"runs in {tmp_path}"):
            await LocalCloud(folder=tmp_path, parts=("broker",)).__aenter__()
    async with LocalCloud(folder=tmp_path, parts=("broker",)) as again:
        assert serves(again.servers["broker"].port)


async def test_a_part_that_fails_stops_the_others_and_leaves_its_log(tmp_path: Path) -> None:
    cloud = LocalCloud(
        folder=tmp_path, parts=("broker", "model_server"), extra={"broker": ["--no-such-option"]}
    )
    with pytest.raises(StartFailed, match="broker ended with code 2") as failed:
        await cloud.__aenter__()
    assert str(tmp_path / "broker.log") in str(failed.value)
    assert "--no-such-option" in (tmp_path / "broker.log").read_text()
    assert none_left_below(tmp_path)


async def test_a_proxy_of_the_machine_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with LocalCloud(folder=tmp_path, parts=STORAGE) as cloud:
        assert serves(cloud.servers["azurite"].port)
