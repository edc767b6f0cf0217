"""The hooks against a stand-in for the Azure command line: what they ask, and what they refuse."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.bicep import Expression
from tests.infra.infrastructure import PROJECT, Infrastructure

HOOKS = PROJECT / "infra" / "hooks"
ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/tuning/providers"
    "/Microsoft.CognitiveServices/accounts/my-foundry"
)
STAND_IN = """#!{python}
import json, os, sys
folder = {folder!r}
with open(folder + "/asked.jsonl", "a") as asked:
    asked.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + chr(10))
answers = json.load(open(folder + "/answers.json"))
for given in answers:
    words, answer, *once = given
    if all(word in sys.argv for word in words):
        if once:
            answers.remove(given)
            json.dump(answers, open(folder + "/answers.json", "w"))
        if answer == "refused":
            sys.exit("az: no")
        print(json.dumps(answer))
        break
"""


class AzureCli:
    """`az` and `azd` as the hooks find them: they note what they are asked and answer as told.

    An answer is the words of the question, what is answered, and `once` where it holds for the first time only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("az", "azd"):
            path = folder / name
            path.write_text(STAND_IN.format(python=sys.executable, folder=str(folder)))
            path.chmod(0o755)

    def run(
        self, hook: str, *arguments: str, answers: list[Any], **values: str
    ) -> subprocess.CompletedProcess[str]:
        return self._run([str(HOOKS / hook), *arguments], answers, values)

    def run_within(self, code: str, *, answers: list[Any], **values: str) -> subprocess.CompletedProcess[str]:
        """The hooks as modules: what calls their functions with less patience than azd would."""
        return self._run(["-c", code], answers, {"PYTHONPATH": str(HOOKS), **values})

    def _run(
        self, arguments: list[str], answers: list[Any], values: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        (self.folder / "answers.json").write_text(json.dumps(answers))
        return subprocess.run(
            [sys.executable, *arguments],
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", **values},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def asked(self) -> list[list[str]]:
        path = self.folder / "asked.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def azure(tmp_path: Path) -> AzureCli:
    return AzureCli(tmp_path)


def place(location: str = "swedencentral", *deployments: tuple[str, str, str]) -> list[Any]:
    value = [
        {"name": name, "sku": {"name": sku}, "properties": {"model": {"name": model}}}
        for name, model, sku in deployments
    ]
    return [[["resource", "show"], {"location": location}], [["rest", "get"], {"value": value}]]


def test_the_place_is_read_and_kept(azure: AzureCli) -> None:
    answers = place(
        "Sweden Central",
        ("evaluated", "gpt-4.1-mini.ft-0", "Standard"),
        ("chat", "gpt-4.1", "GlobalStandard"),
    )
    told = azure.run("check_place.py", answers=answers, TUNEGATE_FINE_TUNING_RESOURCE_ID=ACCOUNT)
    assert told.returncode == 0, told.stderr
    assert ["azd", "env", "set", "AZURE_LOCATION", "swedencentral"] in azure.asked


@pytest.mark.parametrize(
    ("answers", "values", "reason"),
    [
        (place(), {}, "TUNEGATE_FINE_TUNING_RESOURCE_ID is missing"),
        (place(), {"TUNEGATE_FINE_TUNING_RESOURCE_ID": "my-foundry"}, "is not /subscriptions/"),
        (
            place("northeurope"),
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT},
            "region-availability (2026-09-18)",
        ),
        (
            place(),
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT, "AZURE_LOCATION": "westeurope"},
            "azd env set AZURE_LOCATION swedencentral",
        ),
        (
            place(
                "swedencentral",
                ("a", "gpt-4.1.ft-1", "GlobalStandard"),
                ("b", "gpt-4.1.ft-1", "DataZoneStandard"),
            ),
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT},
            "a (GlobalStandard), b (DataZoneStandard)",
        ),
        (
            place("swedencentral", ("a", "gpt-4.1.ft-1", "SomethingNew")),
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT},
            "a (SomethingNew)",
        ),
        (
            [place()[0], [["rest"], {"value": [{"name": "a", "sku": {"name": "GlobalStandard"}}]}]],
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT},
            "do not say which model they are of: a",
        ),
        (
            [place()[0], [["rest"], {"value": [{"name": "a", "sku": None, "properties": {"model": None}}]}]],
            {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT},
            "do not say which model they are of: a",
        ),
        ([[["resource"], "refused"]], {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT}, "az: no"),
    ],
    ids=[
        "no resource",
        "no id",
        "unlisted region",
        "elsewhere",
        "global",
        "unknown kind",
        "no properties",
        "no model",
        "no access",
    ],
)
def test_a_wrong_place_is_refused(
    azure: AzureCli, answers: list[Any], values: dict[str, str], reason: str
) -> None:
    told = azure.run("check_place.py", answers=answers, **values)
    assert told.returncode == 1
    assert reason in told.stderr
    assert not any(asked[0] == "azd" for asked in azure.asked)


def test_every_source_of_the_regions_has_a_date() -> None:
    listed = json.loads((PROJECT / "infra" / "regions.json").read_text())
    assert len(listed["sources"]) == 2
    for told in (listed["read"], *(source["dated"] for source in listed["sources"].values())):
        assert re.search(r"\b20\d\d-\d\d-\d\d\b", told), told


APP = {"AZURE_SUBSCRIPTION_ID": "s", "AZURE_RESOURCE_GROUP": "g", "SERVICE_EVALUATOR_NAME": "f"}


@contextmanager
def second_site(*statuses: int) -> Iterator[tuple[str, list[int]]]:
    """The address of a site that answers these in turn, the last one for good; and what it has answered."""
    answered: list[int] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answered.append(statuses[min(len(answered), len(statuses) - 1)])
            self.send_response(answered[-1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", answered
        finally:
            server.shutdown()


def through(site: str, word: str, *, patience_s: float) -> str:
    return (
        f"import deployment_door as door; door.deployment_site = {{'https://f.x': {site!r}}}.get;"
        f"door.main([{word!r}], patience_s={patience_s}, pause_s=0.01)"
    )


@pytest.mark.parametrize(("word", "action"), [("open", "Allow"), ("close", "Deny")])
def test_the_deployment_door_is_moved_alone(azure: AzureCli, word: str, action: str) -> None:
    answer = {"properties": {"scmIpSecurityRestrictionsDefaultAction": action}}
    with second_site(401) as (site, answered):
        told = azure.run_within(
            through(site, word, patience_s=30),
            answers=[[["patch"], answer]],
            **APP,
            TUNEGATE_HOST="https://f.x",
        )
    assert told.returncode == 0, told.stderr
    (asked,) = azure.asked
    assert json.loads(asked[asked.index("--body") + 1]) == answer
    assert answered == ([401] if word == "open" else [])


ALLOWED = [[["patch"], {"properties": {"scmIpSecurityRestrictionsDefaultAction": "Allow"}}]]


def test_the_door_counts_as_open_once_the_site_says_so(azure: AzureCli) -> None:
    with second_site(403, 403, 401) as (site, answered):
        told = azure.run_within(
            through(site, "open", patience_s=30), answers=ALLOWED, **APP, TUNEGATE_HOST="https://f.x"
        )
    assert (told.returncode, answered) == (0, [403, 403, 401]), told.stderr


def test_a_door_that_stays_closed_is_an_error(azure: AzureCli) -> None:
    with second_site(403) as (site, answered):
        told = azure.run_within(
            through(site, "open", patience_s=0.2), answers=ALLOWED, **APP, TUNEGATE_HOST="https://f.x"
        )
    assert (told.returncode, len(answered) > 1) == (1, True)
    assert f"{site} answers 403" in told.stderr


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_site_that_has_not_started_is_no_open_door(azure: AzureCli, status: int) -> None:
    with second_site(status, status, 401) as (site, answered):
        told = azure.run_within(
            through(site, "open", patience_s=30), answers=ALLOWED, **APP, TUNEGATE_HOST="https://f.x"
        )
    assert (told.returncode, answered) == (0, [status, status, 401]), told.stderr


def test_a_site_that_speaks_no_http_is_no_open_door(azure: AzureCli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 no HTTP\r\n\r\n")

        speaking = threading.Thread(target=speak)
        speaking.start()
        told = azure.run_within(
            through(f"http://127.0.0.1:{server.getsockname()[1]}", "open", patience_s=0),
            answers=ALLOWED,
            **APP,
            TUNEGATE_HOST="https://f.x",
        )
        speaking.join()
    assert told.returncode == 1
    assert "answers nothing" in told.stderr


def test_a_site_that_nobody_finds_is_no_open_door(azure: AzureCli) -> None:
    with second_site(401) as (site, _):
        pass
    told = azure.run_within(
        through(site, "open", patience_s=0), answers=ALLOWED, **APP, TUNEGATE_HOST="https://f.x"
    )
    assert told.returncode == 1
    assert "answers nothing" in told.stderr


@pytest.mark.parametrize(
    ("app", "site"),
    [
        ("https://f.azurewebsites.net", "https://f.scm.azurewebsites.net"),
        ("https://f-a1.eastus-01.azurewebsites.net", "https://f-a1.scm.eastus-01.azurewebsites.net"),
    ],
)
def test_the_second_site_stands_beside_the_first(azure: AzureCli, app: str, site: str) -> None:
    told = azure.run_within(
        f"import deployment_door as door; print(door.deployment_site({app!r}))", answers=[]
    )
    assert told.stdout.strip() == site, told.stderr


def test_a_door_that_stays_open_is_an_error(azure: AzureCli) -> None:
    answer = {"properties": {"scmIpSecurityRestrictionsDefaultAction": "Allow"}}
    assert azure.run("deployment_door.py", "close", answers=[[["patch"], answer]], **APP).returncode == 1


WIRED = {
    **APP,
    "TUNEGATE_UPLOADS_TOPIC": "uploads",
    "TUNEGATE_COMPLETED_TOPIC": "completed",
    "TUNEGATE_HOST_ACCOUNT": "host",
}


KNOWN = [{"name": "f/plan_data_evaluation"}, {"name": "f/plan_model_evaluation"}]


def test_subscriptions_get_every_parameter_they_need(azure: AzureCli, infra: Infrastructure) -> None:
    told = azure.run("subscribe.py", answers=[[["list"], KNOWN], [["create"], {}]], **WIRED)
    assert told.returncode == 0, told.stderr
    assert len(azure.asked) == 2
    for asked in azure.asked:
        assert asked[asked.index("--subscription") + 1] == "s"
        assert asked[asked.index("--resource-group") + 1] == "g"
    asked = azure.asked[-1]
    given = {part.partition("=")[0] for part in asked[asked.index("--parameters") + 1 :] if "=" in part}
    declared = infra["subscriptions.bicep"].parameters.values()
    assert given == {parameter.name for parameter in declared if not parameter.has_default}
    assert Path(asked[asked.index("--template-file") + 1]) == infra["subscriptions.bicep"].path


def test_an_app_that_cannot_be_asked_yet_is_asked_again(azure: AzureCli) -> None:
    answers = [
        [["list"], "refused", "once"],
        [["list"], KNOWN[:1], "once"],
        [["list"], KNOWN],
        [["create"], {}],
    ]
    code = "import subscribe; subscribe.main(patience_s=30, pause_s=0.01)"
    told = azure.run_within(code, answers=answers, **WIRED)
    assert told.returncode == 0, told.stderr
    assert [asked[3] for asked in azure.asked] == ["list", "list", "list", "create"]


def test_an_app_that_can_never_be_asked_is_an_error_in_azs_words(azure: AzureCli) -> None:
    code = "import subscribe; subscribe.main(patience_s=0.2, pause_s=0.01)"
    told = azure.run_within(code, answers=[[["list"], "refused"]], **WIRED)
    assert told.returncode == 1
    assert "knows no plan_data_evaluation, plan_model_evaluation" in told.stderr
    assert "az: no" in told.stderr
    assert not any("create" in asked for asked in azure.asked)


def test_every_value_the_hooks_read_is_an_output_or_azds_own(infra: Infrastructure) -> None:
    outputs = infra["main.bicep"].outputs
    asked = {"TUNEGATE_FINE_TUNING_RESOURCE_ID", "AZURE_SUBSCRIPTION_ID"}
    source = "".join(path.read_text() for path in HOOKS.glob("*.py"))
    read = set(re.findall(r"azure_cli\.value\([\"'](\w+)[\"']\)", source))
    assert asked | set(WIRED) <= read
    assert read - asked <= set(outputs)
    assert outputs["AZURE_LOCATION"] == Expression("place.outputs.location")


def test_every_hook_that_azd_runs_is_there() -> None:
    told = yaml.safe_load((PROJECT / "azure.yaml").read_text())
    hooks = [*told["hooks"].values(), *told["services"]["evaluator"]["hooks"].values()]
    runs = [hook[system]["run"] for hook in hooks for system in ("posix", "windows")]
    named = {word for run in runs for word in run.replace(";", " ").split() if word.endswith(".py")}
    assert named == {f"infra/hooks/{name}.py" for name in ("check_place", "deployment_door", "subscribe")}
    assert all((PROJECT / name).is_file() for name in named)
    assert set(told["hooks"]) == {"preup", "preprovision"}


def test_every_parameter_has_its_place_in_the_environment(infra: Infrastructure) -> None:
    told = json.loads((PROJECT / "infra" / "main.parameters.json").read_text())["parameters"]
    parameters = infra["main.bicep"].parameters
    assert set(told) == set(parameters)
    for name, parameter in parameters.items():
        default = told[name]["value"].removeprefix("${").removesuffix("}").partition("=")[2]
        if parameter.has_default:
            assert default == str(parameter.default).replace("True", "true").replace("False", "false"), name
