"""azure.yaml and the templates mean the same app, and azd is told what it is."""

from typing import Final

import yaml

from tests.infra.bicep import Expression
from tests.infra.infrastructure import Infrastructure, said

SERVICE: Final = {"project": ".", "language": "python", "host": "function"}
"""https://learn.microsoft.com/azure/developer/azure-developer-cli/azd-schema#services-properties"""


def azd_off(infra: Infrastructure) -> list[str]:
    """Where azd would deploy something else, or not find where to."""
    told = yaml.safe_load((infra.project / "azure.yaml").read_text())
    problems = []
    if told["infra"] != {"provider": "bicep", "path": "infra"}:
        problems.append(f"azure.yaml: the infrastructure is {told['infra']}")
    services = {
        name: {key: value for key, value in service.items() if key != "hooks"}
        for name, service in told["services"].items()
    }
    if list(services.values()) != [SERVICE]:
        problems.append(f"azure.yaml: the services are {services}")
    app = infra.the("function-app.bicep", "app")
    tag = f"union(tags, {{ 'azd-service-name': '{next(iter(services))}' }})"
    if said(app.body.get("tags")) != tag:
        problems.append(f"{app}: azd looks for {tag}")
    main = infra["main.bicep"]
    if main.variables.get("tags") != {"azd-env-name": Expression("environmentName")}:
        problems.append("main.bicep: azd does not find its resources")
    if main.outputs.get(f"SERVICE_{next(iter(services)).upper()}_NAME") != Expression(
        "functionApp.outputs.name"
    ):
        problems.append("main.bicep: no output names the app as azd does")
    return problems
