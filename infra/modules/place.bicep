// The region, and the resource group in it. Refuses a region where a needed service does not exist, and a deployment
// that is run from elsewhere.
targetScope = 'subscription'

param groupName string

// Regions with both Content Safety and Functions Flex Consumption; sources and dates in infra/regions.json, which a
// test holds this list against. A region that is missing here is refused before anything is made.
@description('The location of the fine-tuning resource.')
@allowed([
  'australiaeast'
  'brazilsouth'
  'canadacentral'
  'centralus'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
param location string

param tags object

// The record of the deployment itself, with its parameters, is stored where the deployment is run (AZURE_LOCATION).
// Elsewhere there is no such key, and Azure refuses: "property ... doesn't exist, available properties are ...".
var runHere = {
  '${deployment().location}': deployment().location
}

// https://learn.microsoft.com/azure/templates/microsoft.resources/resourcegroups
resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: groupName
  location: runHere[location]
  tags: tags
}

output location string = group.location
