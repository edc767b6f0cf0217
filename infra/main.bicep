// One deployment = one fine-tuning resource in one region. azd runs this at subscription scope:
//   place -> identity, monitoring, network -> storage, service bus, content safety -> function app -> roles, alerts
// Never compiled and never deployed by its authors: docs/deploy.md says what was checked instead.
targetScope = 'subscription'

@description('The azd environment: part of every name.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('The Azure id of the fine-tuning resource (Microsoft.CognitiveServices/accounts). Everything stands in its location.')
@minLength(60)
param fineTuningResourceId string

@description('Private endpoints, no public access, Service Bus Premium. False is for trials only.')
param vnetEnabled bool = true

@description('Base URLs of the endpoints a tuned model may answer at, separated by commas. Empty: the fine-tuning resource itself.')
param modelEndpoints string = ''

@description('Addresses of the release pipelines (CIDR, separated by commas) that may ask for verdicts. Empty: none.')
param pipelineAddresses string = ''

@description('Client id of the app registration the verdict route asks tokens for. Empty: every caller gets 401.')
param verdictClientId string = ''

@description('Client ids of the release pipelines that may ask for verdicts, separated by commas.')
param pipelineClientIds string = ''

@description('Content Safety requests a second: the S0 quota is 100 unless Microsoft has raised it.')
param requestsPerSecond string = '100'

@description('The longest an evaluation may take, in seconds. 72000 (20 h) is the most that the time-to-live of messages allows.')
param deadlineSeconds string = '72000'

@description('Path, inside the deployed package, of a file of added scenarios. Empty: none.')
param addedScenarios string = ''

@description('Whether a timer watches Azure OpenAI, which sends no event: starts jobs whose files passed, and has their models evaluated. docs/connector.md says what it costs.')
param connectAzureOpenAI bool = false

@description('With the connector: the model to tune, as Azure OpenAI names it.')
param baseModel string = ''

@description('With the connector: thousands of tokens a minute of an evaluation deployment.')
param evaluationCapacity string = '100'

@description('Who is told of alerts by mail. Empty: alerts stand in Azure Monitor only.')
param alertEmail string = ''

@description('The first three octets of the private network, a /24 that no network it will be peered with uses.')
param networkOctets string = '10.87.0'

@description('Within the region, never to a paired one.')
@allowed([ 'Standard_LRS', 'Standard_ZRS' ])
param storageRedundancy string = 'Standard_LRS'

var fineTuningParts = split(fineTuningResourceId, '/')
var fineTuningName = last(fineTuningParts)
var token = toLower(uniqueString(subscription().id, environmentName, fineTuningResourceId))
var groupName = 'rg-tunegate-${environmentName}'
var trainingContainer = 'training'
// Where tuned models answer, unless told: the fine-tuning resource, and with the connector the evaluation account.
var tunedEndpoint = 'https://${fineTuning.properties.customSubDomainName}.openai.azure.com/openai/v1'
var evaluationEndpoint = 'https://oai-tunegate-${token}.openai.azure.com/openai/v1'
var ownEndpoints = connectAzureOpenAI ? '${tunedEndpoint},${evaluationEndpoint}' : tunedEndpoint
var tags = { 'azd-env-name': environmentName }

// https://learn.microsoft.com/azure/templates/microsoft.cognitiveservices/accounts
resource fineTuning 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: fineTuningName
  scope: resourceGroup(fineTuningParts[2], fineTuningParts[4])
}

// The one place a location is read: a module's parameter can take what is known only while the deployment runs. From here
// on it is `place.outputs.location`. The token in the name: at subscription scope a name is bound to its first region.
module place 'modules/place.bicep' = {
  name: 'tunegate-place-${token}'
  params: {
    groupName: groupName
    // `any`: the parameter allows listed regions only, and what the service answers is checked there when it runs.
    location: any(toLower(replace(fineTuning.location, ' ', '')))
    tags: tags
  }
}

module identity 'modules/identity.bicep' = {
  name: 'tunegate-identity'
  scope: resourceGroup(groupName)
  params: {
    name: 'id-tunegate-${token}'
    location: place.outputs.location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'tunegate-monitoring'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: place.outputs.location
    tags: tags
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  name: 'tunegate-network'
  scope: resourceGroup(groupName)
  params: {
    name: 'vnet-tunegate-${token}'
    location: place.outputs.location
    octets: networkOctets
    tags: tags
  }
}

// Three accounts, so that the host's wide role on its own storage reaches neither training data nor verdicts.
module training 'modules/storage-account.bicep' = {
  name: 'tunegate-training'
  scope: resourceGroup(groupName)
  params: {
    name: 'sttrain${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    redundancy: storageRedundancy
    containers: [ trainingContainer ]
    trustedServices: true
    tags: tags
  }
}

module host 'modules/storage-account.bicep' = {
  name: 'tunegate-host'
  scope: resourceGroup(groupName)
  params: {
    name: 'sthost${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    redundancy: storageRedundancy
    containers: [ 'app-package', 'undelivered-events' ]
    expiringPrefix: 'undelivered-events/'
    // Event Grid writes undelivered events as a trusted service under its topics' own identities.
    trustedServices: true
    tags: tags
  }
}

module verdicts 'modules/storage-account.bicep' = {
  name: 'tunegate-verdicts'
  scope: resourceGroup(groupName)
  params: {
    name: 'stverdict${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    redundancy: storageRedundancy
    tables: [
      'verdicts'
    ]
    tags: tags
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'tunegate-service-bus'
  scope: resourceGroup(groupName)
  params: {
    name: 'sb-tunegate-${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    tags: tags
  }
}

module contentSafety 'modules/content-safety.bicep' = {
  name: 'tunegate-content-safety'
  scope: resourceGroup(groupName)
  params: {
    name: 'cs-tunegate-${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    tags: tags
  }
}

// Where the connector deploys tuned models for their evaluation, so that nobody else can call them meanwhile.
module evaluation 'modules/evaluation-account.bicep' = if (connectAzureOpenAI) {
  name: 'tunegate-evaluation'
  scope: resourceGroup(groupName)
  params: {
    name: 'oai-tunegate-${token}'
    location: place.outputs.location
    vnetEnabled: vnetEnabled
    tags: tags
  }
}

module eventGrid 'modules/event-grid.bicep' = {
  name: 'tunegate-event-grid'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: place.outputs.location
    trainingAccountName: training.outputs.name
    vnetEnabled: vnetEnabled
    tags: tags
  }
}

module trainingEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-training'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-training-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: training.outputs.id
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    tags: tags
  }
}

module hostEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-host'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-host-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: host.outputs.id
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    tags: tags
  }
}

module verdictsEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-verdicts'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-verdicts-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: verdicts.outputs.id
    groupId: 'table'
    zoneName: 'privatelink.table.${environment().suffixes.storage}'
    tags: tags
  }
}

module serviceBusEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-service-bus'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-service-bus-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: serviceBus.outputs.id
    groupId: 'namespace'
    zoneName: 'privatelink.servicebus.windows.net'
    tags: tags
  }
}

module contentSafetyEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-content-safety'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-content-safety-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: contentSafety.outputs.id
    groupId: 'account'
    zoneName: 'privatelink.cognitiveservices.azure.com'
    tags: tags
  }
}

module evaluationEndpointPrivate 'modules/private-endpoint.bicep' = if (vnetEnabled && connectAzureOpenAI) {
  name: 'tunegate-endpoint-evaluation'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-evaluation-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: connectAzureOpenAI ? evaluation.outputs.id : ''
    groupId: 'account'
    zoneName: 'privatelink.openai.azure.com'
    tags: tags
  }
}

module eventsEndpoint 'modules/private-endpoint.bicep' = if (vnetEnabled) {
  name: 'tunegate-endpoint-events'
  scope: resourceGroup(groupName)
  params: {
    name: 'pe-events-${token}'
    location: place.outputs.location
    subnetId: vnetEnabled ? network.outputs.endpointsSubnetId : ''
    targetId: eventGrid.outputs.completedTopicId
    groupId: 'topic'
    zoneName: 'privatelink.eventgrid.azure.net'
    tags: tags
  }
}

// Before the app: its host reads its storage with these roles as soon as it starts.
module roles 'modules/roles.bicep' = {
  name: 'tunegate-roles'
  scope: resourceGroup(groupName)
  params: {
    appPrincipalId: identity.outputs.principalId
    uploadsPrincipalId: eventGrid.outputs.uploadsPrincipalId
    completedPrincipalId: eventGrid.outputs.completedPrincipalId
    trainingAccountName: training.outputs.name
    trainingContainer: trainingContainer
    hostAccountName: host.outputs.name
    verdictsAccountName: verdicts.outputs.name
    serviceBusName: serviceBus.outputs.name
    contentSafetyName: contentSafety.outputs.name
    componentName: monitoring.outputs.componentName
    completedTopicName: eventGrid.outputs.completedTopicName
    connected: connectAzureOpenAI
    evaluationName: connectAzureOpenAI ? evaluation.outputs.name : 'none'
  }
}

module modelAccess 'modules/model-access.bicep' = {
  name: 'tunegate-model-access-${token}'
  scope: resourceGroup(fineTuningParts[2], fineTuningParts[4])
  params: {
    accountName: fineTuningName
    principalId: identity.outputs.principalId
    connected: connectAzureOpenAI
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'tunegate-function-app'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: place.outputs.location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: vnetEnabled ? network.outputs.functionsSubnetId : ''
    resourceName: fineTuningName
    trainingContainer: trainingContainer
    modelEndpoints: empty(modelEndpoints) ? ownEndpoints : modelEndpoints
    requestsPerSecond: requestsPerSecond
    deadlineSeconds: deadlineSeconds
    addedScenarios: addedScenarios
    tuningAccount: connectAzureOpenAI ? fineTuningResourceId : ''
    evaluationAccount: connectAzureOpenAI ? evaluation.outputs.id : ''
    baseModel: baseModel
    evaluationCapacity: evaluationCapacity
    completedEndpoint: eventGrid.outputs.completedEndpoint
    trainingBlobUri: training.outputs.blobUri
    hostBlobUri: host.outputs.blobUri
    verdictsTableUri: verdicts.outputs.tableUri
    serviceBusHost: serviceBus.outputs.host
    contentSafetyEndpoint: contentSafety.outputs.endpoint
    componentConnection: monitoring.outputs.componentConnection
    pipelineAddresses: pipelineAddresses
    verdictClientId: verdictClientId
    pipelineClientIds: pipelineClientIds
  }
  dependsOn: [ roles, hostEndpoint ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'tunegate-alerts'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: place.outputs.location
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.id
    uploadsTopicId: eventGrid.outputs.uploadsTopicId
    completedTopicId: eventGrid.outputs.completedTopicId
    alertEmail: alertEmail
    tags: tags
  }
}

// What azd keeps, what the hooks read, and what a customer wires. No secrets: outputs stay in the deployment's history.
output AZURE_LOCATION string = place.outputs.location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = groupName
output SERVICE_EVALUATOR_NAME string = functionApp.outputs.name
output TUNEGATE_HOST string = 'https://${functionApp.outputs.hostName}'
output TUNEGATE_TRAINING_ACCOUNT string = training.outputs.name
output TUNEGATE_HOST_ACCOUNT string = host.outputs.name
output TUNEGATE_UPLOADS_TOPIC string = eventGrid.outputs.uploadsTopicName
output TUNEGATE_COMPLETED_TOPIC string = eventGrid.outputs.completedTopicName
output TUNEGATE_COMPLETED_ENDPOINT string = eventGrid.outputs.completedEndpoint
output TUNEGATE_SERVICE_BUS string = serviceBus.outputs.host
output TUNEGATE_VERDICT_TABLE string = verdicts.outputs.tableUri
