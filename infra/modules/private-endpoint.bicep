// One resource's private endpoint, and its name in the network's zone.
param name string
param location string
param subnetId string
param targetId string
param tags object

@description('Which of the resource\'s endpoints: https://learn.microsoft.com/azure/private-link/private-endpoint-overview')
param groupId string

@description('The zone of that kind: https://learn.microsoft.com/azure/private-link/private-endpoint-dns')
param zoneName string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: zoneName
}

// https://learn.microsoft.com/azure/templates/microsoft.network/privateendpoints
resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: targetId
          groupIds: [
            groupId
          ]
        }
      }
    ]
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.network/privateendpoints/privatednszonegroups
resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: 'default'
        properties: {
          privateDnsZoneId: zone.id
        }
      }
    ]
  }
}
