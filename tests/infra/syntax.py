"""The gate: every file parses, whole, in both parsers. checkov leaves out, silently, what its own cannot read."""

from pathlib import Path

from pycep import BicepParser

from tests.infra.bicep import UnreadableBicep, parse


def unparsable(folder: Path) -> list[str]:
    """What does not parse below a folder; a folder without Bicep is a problem too."""
    files = sorted(folder.rglob("*.bicep"))
    problems = [] if files else [f"{folder.name}: no Bicep file"]
    parser = BicepParser()
    for path in files:
        text = path.read_text()
        try:
            parse(text)
        except UnreadableBicep as error:
            problems.append(f"{path.name}: {error}")
        try:
            parser.parse(text=text)
        except Exception as error:  # noqa: BLE001 -- whatever pycep raises, checkov would not see the file
            problems.append(f"{path.name}: checkov cannot see it: {str(error).splitlines()[0]}")
    return problems
