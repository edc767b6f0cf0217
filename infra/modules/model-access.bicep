// The roles outside the deployment's resource group: to talk to deployments on the fine-tuning resource, and, with the
// connector only, to upload files that passed and to start jobs with them.
param accountName string
param principalId string
@description('Whether the connector for Azure OpenAI is on.')
param connected bool

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning
var roleIds = {
  cognitiveServicesOpenAIContributor: 'a001fd3d-188f-4b5d-821b-7da978bf7442'
  cognitiveServicesOpenAIUser: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
}

resource fineTuning 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: accountName
}

// https://learn.microsoft.com/azure/templates/microsoft.authorization/roleassignments
resource appAsksModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(fineTuning.id, principalId, roleIds.cognitiveServicesOpenAIUser)
  scope: fineTuning
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.cognitiveServicesOpenAIUser)
  }
}

resource connectorTrains 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (connected) {
  name: guid(fineTuning.id, principalId, roleIds.cognitiveServicesOpenAIContributor)
  scope: fineTuning
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.cognitiveServicesOpenAIContributor)
  }
}
