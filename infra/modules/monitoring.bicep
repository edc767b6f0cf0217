// Telemetry, in the region: ids, counts and durations. Taken in and read by identity only; it holds no text, so its
// two endpoints are the ones that stay public (docs/deploy.md names them).
param token string
param location string
param tags object

// https://learn.microsoft.com/azure/templates/microsoft.operationalinsights/workspaces
resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-tunegate-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
    features: {
      disableLocalAuth: true
    }
    // A bug that logs in a loop shall not cost a fortune.
    workspaceCapping: {
      dailyQuotaGb: 1
    }
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.insights/components
resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-tunegate-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

output workspaceId string = workspace.id
output componentName string = component.name
// With local authentication off the connection names where to send; it lets nobody in.
output componentConnection string = component.properties.ConnectionString
