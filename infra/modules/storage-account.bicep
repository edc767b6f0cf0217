// A storage account without keys: only identities, only over TLS 1.2, only in its region.
param name string
param location string
param vnetEnabled bool
param tags object

@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param redundancy string

param containers array = []
param tables array = []

@description('Blobs under this prefix are deleted after a week. Empty: none.')
param expiringPrefix string = ''

// Event Grid needs it to subscribe to an account's events, and to keep there what it could not deliver:
// https://github.com/Azure-Samples/functions-quickstart-python-azd-eventgrid-blob/blob/03cfb6bb6baf74632460e6b1646c2dffc77af2a9/infra/main.bicep
@description('Whether Microsoft\'s trusted services come past the firewall. To read or write they need a role all the same.')
param trustedServices bool = false

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts
resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: take(name, 24)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: redundancy
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: {
      bypass: trustedServices ? 'AzureServices' : 'None'
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
    }
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts/blobservices
// A deleted file is gone: no soft delete, no versions, no change feed that would keep names or bytes.
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    containerDeleteRetentionPolicy: {
      enabled: false
    }
    deleteRetentionPolicy: {
      enabled: false
    }
    isVersioningEnabled: false
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts/blobservices/containers
resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [for container in containers: {
  parent: blobs
  name: container
  properties: {
    publicAccess: 'None'
  }
}]

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts/tableservices
resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: account
  name: 'default'
}

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts/tableservices/tables
resource storageTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = [for table in tables: {
  parent: tableService
  name: table
}]

// https://learn.microsoft.com/azure/templates/microsoft.storage/storageaccounts/managementpolicies
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = if (!empty(expiringPrefix)) {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'a-week'
          enabled: true
          type: 'Lifecycle'
          definition: {
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: 7
                }
              }
            }
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                expiringPrefix
              ]
            }
          }
        }
      ]
    }
  }
  dependsOn: [
    blobs
  ]
}

output id string = account.id
output name string = account.name
output blobUri string = account.properties.primaryEndpoints.blob
output tableUri string = account.properties.primaryEndpoints.table
