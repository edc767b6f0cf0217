"""The templates keep every rule, and each rule turns red over a planted mistake."""

from pathlib import Path

import pytest
import yaml

from tests.infra.azd import azd_off
from tests.infra.bicep import UnreadableBicep
from tests.infra.delivery import undelivered
from tests.infra.door import open_doors
from tests.infra.entities import entities_off
from tests.infra.handed import handed_wrong
from tests.infra.infrastructure import PROJECT, Check, Infrastructure, load
from tests.infra.keys import keys_in_use
from tests.infra.pages import unreferenced
from tests.infra.places import misplaced
from tests.infra.planted import planted
from tests.infra.properties import unknown_properties
from tests.infra.reviewed import unreviewed
from tests.infra.roles import wrong_roles
from tests.infra.settings import settings_off
from tests.infra.syntax import unparsable
from tests.infra.versions import unknown_versions

CHECKS: tuple[Check, ...] = (
    misplaced,
    keys_in_use,
    wrong_roles,
    entities_off,
    settings_off,
    open_doors,
    undelivered,
    unknown_properties,
    unknown_versions,
    unreviewed,
    handed_wrong,
    unreferenced,
    azd_off,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_templates_keep_the_rule(infra: Infrastructure, check: Check) -> None:
    assert check(infra) == []


def test_every_file_parses_in_both_parsers() -> None:
    assert unparsable(PROJECT / "infra") == []


MAIN, PLACE, APP = "infra/main.bicep", "infra/modules/place.bicep", "infra/modules/function-app.bicep"
STORAGE, BUS, SAFETY = (
    "infra/modules/storage-account.bicep",
    "infra/modules/service-bus.bicep",
    "infra/modules/content-safety.bicep",
)
EVENTS, ROLES, NET = (
    "infra/modules/event-grid.bicep",
    "infra/modules/roles.bicep",
    "infra/modules/network.bicep",
)
MODEL, SUBSCRIBED = "infra/modules/model-access.bicep", "infra/subscriptions.bicep"
CLOSED = "publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'"
ENDPOINT = "module hostEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {"

MISTAKES: tuple[tuple[str, Check, str, str, str], ...] = (
    ("typo", unknown_properties, STORAGE, "allowSharedKeyAccess:", "allowSharedKeysAccess:"),
    ("typo deep in an object", unknown_properties, APP, "maximumInstanceCount:", "maxInstanceCount:"),
    ("typo in a choice", unknown_properties, BUS, "sqlExpression:", "sqlExpresion:"),
    (
        "typo in an older model",
        unknown_properties,
        "infra/modules/alerts.bicep",
        "windowSize: counter",
        "windowsSize: counter",
    ),
    ("typo in a polymorphic object", unknown_properties, SUBSCRIBED, "maxEventsPerBatch", "maxEventPerBatch"),
    (
        "property one level too high",
        unknown_properties,
        SAFETY,
        "properties: {",
        "disableLocalAuth: true\n  properties: {",
    ),
    ("typed location", misplaced, SAFETY, "location: location", "location: 'westeurope'"),
    (
        "second location",
        misplaced,
        MAIN,
        "location: place.outputs.location",
        "location: deployment().location",
    ),
    (
        "location with a default",
        misplaced,
        BUS,
        "param location string",
        "param location string = resourceGroup().location",
    ),
    ("another region listed", misplaced, PLACE, "  'westus3'\n", "  'westus3'\n  'northeurope'\n"),
    ("run from elsewhere", misplaced, PLACE, "location: runHere[location]", "location: location"),
    ("paired storage", misplaced, STORAGE, "  'Standard_ZRS'", "  'Standard_GZRS'"),
    ("failover to the pair", misplaced, EVENTS, "'WithinRegion'", "'WithinGeopair'"),
    ("shared keys", keys_in_use, STORAGE, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true"),
    ("local authentication", keys_in_use, BUS, "disableLocalAuth: true", "disableLocalAuth: !vnetEnabled"),
    (
        "a key read",
        keys_in_use,
        STORAGE,
        "output id string = account.id",
        "output id string = account.listKeys().keys[0].value",
    ),
    ("old TLS", keys_in_use, APP, "scmMinTlsVersion: '1.2'", "scmMinTlsVersion: '1.0'"),
    ("publishing password", keys_in_use, APP, "allow: false", "allow: true"),
    (
        "unthought-of type",
        keys_in_use,
        NET,
        "Microsoft.Network/networkSecurityGroups@",
        "Microsoft.Network/publicIPAddresses@",
    ),
    (
        "wider role",
        wrong_roles,
        ROLES,
        "'2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'",
        "'ba92f5b4-2d11-453d-a403-e96b0029c9fe'",
    ),
    ("wider scope", wrong_roles, ROLES, "  scope: training\n", "  scope: trainingAccount\n"),
    (
        "unknown role",
        wrong_roles,
        MODEL,
        "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
    ),
    (
        "a container taken for another",
        wrong_roles,
        ROLES,
        "resource training 'Microsoft.Storage/storageAccounts/blobServices/containers@",
        "resource training 'Microsoft.Storage/storageAccounts@",
    ),
    (
        "the connector's role for everybody",
        wrong_roles,
        MODEL,
        "resource connectorTrains 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (connected) {",
        "resource connectorTrains 'Microsoft.Authorization/roleAssignments@2022-04-01' = {",
    ),
    (
        "the connector on by default",
        settings_off,
        MAIN,
        "? fineTuningResourceId : ''",
        "? fineTuningResourceId : fineTuningResourceId",
    ),
    (
        "another declaration",
        entities_off,
        BUS,
        "loadJsonContent('../servicebus.json')",
        "loadJsonContent('../other.json')",
    ),
    (
        "role in the docs only",
        wrong_roles,
        "docs/permissions.md",
        "| the functions | [Cognitive Services User]",
        "| the functions | [Cognitive Services Contributor]",
    ),
    ("other lock", entities_off, BUS, "lockDuration: queue.Properties.LockDuration", "lockDuration: 'PT1M'"),
    (
        "swapped properties",
        entities_off,
        BUS,
        "requiresSession: subscription.Properties.RequiresSession",
        "requiresSession: subscription.Properties.DeadLetteringOnMessageExpiration",
    ),
    (
        "window left out",
        entities_off,
        BUS,
        "    duplicateDetectionHistoryTimeWindow: declaredTopic.Properties.DuplicateDetectionHistoryTimeWindow\n",
        "",
    ),
    ("filter beside the default", entities_off, BUS, "name: '$Default'", "name: 'declared'"),
    (
        "new property declared",
        entities_off,
        "infra/servicebus.json",
        '"RequiresSession": false,',
        '"RequiresSession": false, "ForwardTo": "x",',
    ),
    ("missing setting", settings_off, APP, "    TUNEGATE_REGION: location\n", ""),
    ("missing connection", settings_off, APP, "    ServiceBus__credential: 'managedidentity'\n", ""),
    (
        "setting nobody reads",
        settings_off,
        APP,
        "TUNEGATE_REGION: location",
        "TUNEGATE_REGION: location\n    TUNEGATE_LIMIT: '6'",
    ),
    (
        "connection string",
        settings_off,
        APP,
        "TrainingStorage__blobServiceUri: trainingBlobUri",
        "TrainingStorage__blobServiceUri: trainingBlobUri\n    TrainingStorage: 'x'",
    ),
    (
        "code that reads past the settings",
        settings_off,
        "shared/plan.py",
        '"""\n',
        '"""\nimport os\n_LIMIT = os.environ.get("TUNEGATE_LIMIT")\n',
    ),
    ("public endpoint", open_doors, BUS, CLOSED, "publicNetworkAccess: 'Enabled'"),
    ("public topic", open_doors, EVENTS, CLOSED, "publicNetworkAccess: 'Enabled'"),
    (
        "public by default",
        open_doors,
        MAIN,
        "param vnetEnabled bool = true",
        "param vnetEnabled bool = false",
    ),
    ("module left public", open_doors, MAIN, "vnetEnabled: vnetEnabled", "vnetEnabled: false"),
    (
        "private endpoint left out",
        open_doors,
        MAIN,
        ENDPOINT,
        ENDPOINT.replace("vnetEnabled", "!vnetEnabled"),
    ),
    ("endpoint without its zone", open_doors, NET, "  'privatelink.servicebus.windows.net'\n", ""),
    (
        "open app",
        open_doors,
        APP,
        "ipSecurityRestrictionsDefaultAction: 'Deny'",
        "ipSecurityRestrictionsDefaultAction: 'Allow'",
    ),
    (
        "open deployment door",
        open_doors,
        APP,
        "scmIpSecurityRestrictionsDefaultAction: 'Deny'",
        "scmIpSecurityRestrictionsDefaultAction: 'Allow'",
    ),
    ("another service tag", open_doors, APP, "ipAddress: 'AzureEventGrid'", "ipAddress: 'AzureCloud'"),
    ("no token asked", open_doors, APP, "requireAuthentication: true", "requireAuthentication: false"),
    ("route without a token", open_doors, APP, "'/runtime/webhooks/eventgrid'", "'/api/*'"),
    (
        "trusted services everywhere",
        open_doors,
        MAIN,
        "    tables: [\n",
        "    trustedServices: true\n    tables: [\n",
    ),
    (
        "event to the wrong function",
        undelivered,
        SUBSCRIBED,
        "functions/plan_model_evaluation",
        "functions/plan_data_evaluation",
    ),
)


MORE = tuple(
    (name, next(check for check in CHECKS if check.__name__ == called), file, right, wrong)
    for called, files in yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text()).items()
    for file, mistakes in files.items()
    for name, right, wrong in mistakes
)


@pytest.mark.parametrize(
    ("check", "file", "right", "wrong"),
    [mistake[1:] for mistake in (*MISTAKES, *MORE)],
    ids=[mistake[0] for mistake in (*MISTAKES, *MORE)],
)
def test_planted_mistake_is_found(tmp_path: Path, check: Check, file: str, right: str, wrong: str) -> None:
    # Without the mistake it finds nothing: the first test above.
    assert check(load(planted(tmp_path, file, right, wrong)))


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        (BUS, "properties: {\n    disableLocalAuth", "properties: [\n    disableLocalAuth"),
        (MAIN, "param environmentName string", "param environmentName string ="),
        # Bicep, but nothing that checkov's parser can read: checkov alone would pass over the whole file.
        (MAIN, "name: 'tunegate-place-${token}'", "name: map(['a'], name => name)[0]"),
    ],
    ids=["unbalanced", "cut off", "beyond checkov"],
)
def test_unparsable_file_is_found(tmp_path: Path, file: str, right: str, wrong: str) -> None:
    mistaken = planted(tmp_path / "project", file, right, wrong) / file
    (tmp_path / "alone").mkdir()
    assert unparsable(mistaken.rename(tmp_path / "alone" / mistaken.name).parent)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("properties: {", "properties: ["),
        ("disableLocalAuth: true", "disableLocalAuth: true\n    disableLocalAuth: false"),
    ],
    ids=["unbalanced", "the same key twice"],
)
def test_unreadable_file_stops_every_other_check(tmp_path: Path, right: str, wrong: str) -> None:
    with pytest.raises(UnreadableBicep):
        load(planted(tmp_path, BUS, right, wrong))


def test_no_bicep_at_all_is_found(tmp_path: Path) -> None:
    assert unparsable(tmp_path)
    with pytest.raises(UnreadableBicep):
        load(tmp_path)
