// Who may touch what, inside the deployment's own resource group. docs/permissions.md is the same as a table, with the
// reasons; a test holds the two against each other.
param appPrincipalId string
param uploadsPrincipalId string
param completedPrincipalId string
param trainingAccountName string
param trainingContainer string
param hostAccountName string
param verdictsAccountName string
param serviceBusName string
param contentSafetyName string
param componentName string
param completedTopicName string
@description('Whether the connector for Azure OpenAI is on.')
param connected bool
param evaluationName string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roleIds = {
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  cognitiveServicesUser: 'a97b65f3-24c7-4388-baec-2e87135dc908'
  cognitiveServicesOpenAIContributor: 'a001fd3d-188f-4b5d-821b-7da978bf7442'
  eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource trainingAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: trainingAccountName
}

resource trainingBlobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: trainingAccount
  name: 'default'
}

resource training 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: trainingBlobs
  name: trainingContainer
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostAccountName
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: hostAccount
  name: 'default'
}

resource undeliveredEvents 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: hostBlobs
  name: 'undelivered-events'
}

resource verdictsAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: verdictsAccountName
}

resource verdictsTables 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' existing = {
  parent: verdictsAccount
  name: 'default'
}

resource verdicts 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' existing = {
  parent: verdictsTables
  name: 'verdicts'
}

resource serviceBus 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource contentSafety 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: contentSafetyName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource completedTopic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: completedTopicName
}

resource evaluation 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: evaluationName
}

// https://learn.microsoft.com/azure/templates/microsoft.authorization/roleassignments (all below)
resource appReadsTraining 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(training.id, appPrincipalId, roleIds.storageBlobDataReader)
  scope: training
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataReader)
  }
}

// The host's own storage: https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
resource appOwnsHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostAccount.id, appPrincipalId, roleIds.storageBlobDataOwner)
  scope: hostAccount
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataOwner)
  }
}

resource appWritesVerdicts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(verdicts.id, appPrincipalId, roleIds.storageTableDataContributor)
  scope: verdicts
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageTableDataContributor)
  }
}

resource appSends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(serviceBus.id, appPrincipalId, roleIds.serviceBusDataSender)
  scope: serviceBus
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.serviceBusDataSender)
  }
}

resource appReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(serviceBus.id, appPrincipalId, roleIds.serviceBusDataReceiver)
  scope: serviceBus
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.serviceBusDataReceiver)
  }
}

resource appClassifies 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(contentSafety.id, appPrincipalId, roleIds.cognitiveServicesUser)
  scope: contentSafety
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.cognitiveServicesUser)
  }
}

resource appMeasures 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, appPrincipalId, roleIds.monitoringMetricsPublisher)
  scope: component
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.monitoringMetricsPublisher)
  }
}

// Undelivered events: https://learn.microsoft.com/azure/event-grid/managed-service-identity
resource uploadsKeepsUndelivered 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undeliveredEvents.id, uploadsPrincipalId, roleIds.storageBlobDataContributor)
  scope: undeliveredEvents
  properties: {
    principalId: uploadsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}

resource completedKeepsUndelivered 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undeliveredEvents.id, completedPrincipalId, roleIds.storageBlobDataContributor)
  scope: undeliveredEvents
  properties: {
    principalId: completedPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}

// The connector: makes, calls and removes evaluation deployments, and tells of completed trainings.
resource connectorDeploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (connected) {
  name: guid(evaluation.id, appPrincipalId, roleIds.cognitiveServicesOpenAIContributor)
  scope: evaluation
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.cognitiveServicesOpenAIContributor)
  }
}

resource connectorTells 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (connected) {
  name: guid(completedTopic.id, appPrincipalId, roleIds.eventGridDataSender)
  scope: completedTopic
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.eventGridDataSender)
  }
}
