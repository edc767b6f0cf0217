"""What a module is called and told: a name of its own, all that it asks for, and nothing else."""

from pathlib import Path
from typing import Final

from tests.infra.infrastructure import Infrastructure, said
from tests.infra.reviewed import GROUP

TOKEN: Final = "-${token}'"


def handed_wrong(infra: Infrastructure) -> list[str]:
    """Modules that would replace another's deployment, or whose parameters are not those handed on."""
    problems = []
    for name, template in infra.templates.items():
        names = [module.body.get("name") for module in template.modules]
        for module in template.modules:
            called = module.body.get("name")
            text = called if isinstance(called, str) else said(called).strip("'")
            if names.count(called) != 1 or not text.startswith("tunegate-"):
                problems.append(f"{module}: its deployment is called {text}")
            # Outside its own group a deployment stands among those of other environments.
            if module.body.get("scope") != GROUP and not said(called).endswith(TOKEN):
                problems.append(f"{module}: its deployment is called {text} in every environment")
            asked = infra[Path(module.kind).name].parameters
            needed = {parameter.name for parameter in asked.values() if not parameter.has_default}
            problems += [f"{module}: is not told {own}" for own in sorted(needed - set(module.params))]
            problems += [f"{module}: asks for no {own}" for own in sorted(set(module.params) - set(asked))]
        given = template.parameters.get("vnetEnabled")
        if given is not None and given.has_default is not (name == "main.bicep"):
            problems.append(f"{name}: decides on its own whether it is private")
    return problems
