// The two sources of events: uploads (a system topic on the training account) and completed trainings (a topic of
// our own). Who is told of them is decided after the functions are there: infra/subscriptions.bicep.
param token string
param location string
param trainingAccountName string
param vnetEnabled bool
param tags object

resource trainingAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: trainingAccountName
}

// https://learn.microsoft.com/azure/templates/microsoft.eventgrid/systemtopics
// Each topic has an identity of its own, good for one thing: to write the events that it could not deliver.
resource uploads 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'egst-uploads-${token}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: trainingAccount.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.eventgrid/topics
resource completed 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: 'egt-completed-${token}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    // The default lets Azure fail over to the paired region.
    dataResidencyBoundary: 'WithinRegion'
    disableLocalAuth: true
    inputSchema: 'CloudEventSchemaV1_0'
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
  }
}

output uploadsTopicId string = uploads.id
output uploadsTopicName string = uploads.name
output uploadsPrincipalId string = uploads.identity.principalId
output completedTopicId string = completed.id
output completedTopicName string = completed.name
output completedPrincipalId string = completed.identity.principalId
output completedEndpoint string = completed.properties.endpoint
