// Evaluation deployments of tuned models: an account of their own, which only the functions' identity may call.
param name string
param location string
param vnetEnabled bool
param tags object

// https://learn.microsoft.com/azure/templates/microsoft.cognitiveservices/accounts
resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'OpenAI'
  sku: {
    name: 'S0'
  }
  properties: {
    // Tokens of an identity are taken at a name of its own only.
    customSubDomainName: name
    disableLocalAuth: true
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
    }
  }
}

output id string = account.id
output name string = account.name
