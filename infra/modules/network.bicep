// The private network: one subnet the functions leave from, one for the private endpoints, and the names of these.
param name string
param location string
@description('The first three octets of its /24.')
param octets string
param tags object

// One zone for each kind of private endpoint in main.bicep.
var zoneNames = [
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  'privatelink.servicebus.windows.net'
  'privatelink.cognitiveservices.azure.com'
  'privatelink.eventgrid.azure.net'
  'privatelink.openai.azure.com'
]

// https://learn.microsoft.com/azure/templates/microsoft.network/networksecuritygroups
// No rule of our own: Azure's defaults let the network and its peers in and nobody else. Written down so that a
// default that Azure changes, or a rule that somebody adds, can be seen.
resource boundary 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
  properties: {
    securityRules: []
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.network/virtualnetworks
// An API version before 2025-07-01 on purpose: from then on a new subnet is private by default, and whether functions in
// one reach Entra ID and Application Insights without a NAT gateway could not be seen.
// https://techcommunity.microsoft.com/t5/azure-networking-blog/private-subnets-by-default-in-azure-virtual-networks-what/ba-p/4513778
resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '${octets}.0/24'
      ]
    }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: '${octets}.0/26'
          networkSecurityGroup: {
            id: boundary.id
          }
          // Flex Consumption integrates with a subnet that is given to it whole, /27 or larger:
          // https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '${octets}.64/26'
          networkSecurityGroup: {
            id: boundary.id
          }
          // Without this the group above does not reach private endpoints.
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.network/privatednszones
// 'global' is the only location a zone can have; it holds names and private addresses.
resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zoneName in zoneNames: {
  name: zoneName
  location: 'global'
  tags: tags
}]

// https://learn.microsoft.com/azure/templates/microsoft.network/privatednszones/virtualnetworklinks
resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zoneName, i) in zoneNames: {
  parent: zones[i]
  name: name
  location: 'global'
  properties: {
    registrationEnabled: false
    // What a zone does not know is asked of the public DNS: a fine-tuning resource, or any endpoint of a model, that has
    // a private endpoint elsewhere carries a zone's name too, and would not be found from here.
    resolutionPolicy: 'NxDomainRedirect'
    virtualNetwork: {
      id: network.id
    }
  }
}]

output functionsSubnetId string = '${network.id}/subnets/functions'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
