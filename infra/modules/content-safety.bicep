// The classifier, reached by identity only.
param name string
param location string
param vnetEnabled bool
param tags object

// https://learn.microsoft.com/azure/templates/microsoft.cognitiveservices/accounts
resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'ContentSafety'
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
    // It fetches nothing: texts come in the request.
    restrictOutboundNetworkAccess: true
    allowedFqdnList: []
  }
}

output id string = account.id
output name string = account.name
output endpoint string = account.properties.endpoint
