"""The hooks against a stand-in for the Azure command line: what they ask, and what they refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.bicep import Expression
from tests.infra.infrastructure import PROJECT, Infrastructure

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
for words, answer in answers:
    if all(word in sys.argv for word in words):
        if answer == "refused":
            sys.exit("az: no")
        print(json.dumps(answer))
        break
"""


class AzureCli:
    """`az` and `azd` as the hooks find them: they note what they are asked and answer as told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("az", "azd"):
            path = folder / name
            path.write_text(STAND_IN.format(python=sys.executable, folder=str(folder)))
            path.chmod(0o755)

    def run(
        self, hook: str, *arguments: str, answers: list[Any], **values: str
    ) -> subprocess.CompletedProcess[str]:
        (self.folder / "answers.json").write_text(json.dumps(answers))
        return subprocess.run(
            [sys.executable, str(PROJECT / "infra" / "hooks" / hook), *arguments],
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
        ([[["resource"], "refused"]], {"TUNEGATE_FINE_TUNING_RESOURCE_ID": ACCOUNT}, "az: no"),
    ],
    ids=["no resource", "no id", "unlisted region", "elsewhere", "global", "unknown kind", "no access"],
)
def test_a_wrong_place_is_refused(
    azure: AzureCli, answers: list[Any], values: dict[str, str], reason: str
) -> None:
    told = azure.run("check_place.py", answers=answers, **values)
    assert told.returncode == 1
    assert reason in told.stderr
    assert not any(asked[0] == "azd" for asked in azure.asked)


APP = {"AZURE_SUBSCRIPTION_ID": "s", "AZURE_RESOURCE_GROUP": "g", "SERVICE_EVALUATOR_NAME": "f"}


@pytest.mark.parametrize(("word", "action"), [("open", "Allow"), ("close", "Deny")])
def test_the_deployment_door_is_moved_alone(azure: AzureCli, word: str, action: str) -> None:
    answer = {"properties": {"scmIpSecurityRestrictionsDefaultAction": action}}
    told = azure.run("deployment_door.py", word, answers=[[["patch"], answer]], **APP)
    assert told.returncode == 0, told.stderr
    (asked,) = azure.asked
    assert json.loads(asked[asked.index("--body") + 1]) == answer


def test_a_door_that_stays_open_is_an_error(azure: AzureCli) -> None:
    answer = {"properties": {"scmIpSecurityRestrictionsDefaultAction": "Allow"}}
    assert azure.run("deployment_door.py", "close", answers=[[["patch"], answer]], **APP).returncode == 1


WIRED = {
    **APP,
    "TUNEGATE_UPLOADS_TOPIC": "uploads",
    "TUNEGATE_COMPLETED_TOPIC": "completed",
    "TUNEGATE_HOST_ACCOUNT": "host",
}


def test_subscriptions_get_every_parameter_they_need(azure: AzureCli, infra: Infrastructure) -> None:
    known = [{"name": "f/plan_data_evaluation"}, {"name": "f/plan_model_evaluation"}]
    told = azure.run("subscribe.py", answers=[[["list"], known], [["create"], {}]], **WIRED)
    assert told.returncode == 0, told.stderr
    asked = azure.asked[-1]
    given = {part.partition("=")[0] for part in asked[asked.index("--parameters") + 1 :] if "=" in part}
    declared = infra["subscriptions.bicep"].parameters.values()
    assert given == {parameter.name for parameter in declared if not parameter.has_default}
    assert Path(asked[asked.index("--template-file") + 1]) == infra["subscriptions.bicep"].path


def test_every_value_the_hooks_read_is_an_output_or_azds_own(infra: Infrastructure) -> None:
    outputs = infra["main.bicep"].outputs
    asked = {"TUNEGATE_FINE_TUNING_RESOURCE_ID", "AZURE_SUBSCRIPTION_ID"}
    assert set(WIRED) - asked <= set(outputs)
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
