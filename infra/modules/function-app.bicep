// The functions: Flex Consumption, Python 3.12, one identity, no keys of its own in any setting.
// Its inbound is the one door: Event Grid, which cannot push to a private endpoint, and the named pipelines.
param token string
param location string
param tags object
param identityId string
param identityClientId string
@description('Where its outbound traffic leaves. Empty: not from a private network.')
param subnetId string
param resourceName string
param trainingContainer string
param modelEndpoints string
param requestsPerSecond string
param deadlineSeconds string
param addedScenarios string
@description('The fine-tuning resource the connector watches. Empty: there is no connector.')
param tuningAccount string
param evaluationAccount string
param baseModel string
param evaluationCapacity string
param completedEndpoint string
param trainingBlobUri string
param hostBlobUri string
param verdictsTableUri string
param serviceBusHost string
param contentSafetyEndpoint string
param componentConnection string
param pipelineAddresses string
param verdictClientId string
param pipelineClientIds string

var addresses = empty(pipelineAddresses) ? [] : split(replace(pipelineAddresses, ' ', ''), ',')
var clientIds = empty(pipelineClientIds) ? [] : split(replace(pipelineClientIds, ' ', ''), ',')

var eventGridRule = [
  {
    name: 'event-grid'
    description: 'Pushes events, with the key of the webhook'
    action: 'Allow'
    priority: 100
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
  }
]
var pipelineRules = [for (address, i) in addresses: {
  name: 'pipeline-${i}'
  description: 'Asks for verdicts, with a token'
  action: 'Allow'
  priority: 200 + i
  tag: 'Default'
  ipAddress: address
}]

// https://learn.microsoft.com/azure/templates/microsoft.web/serverfarms
resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-tunegate-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.web/sites
resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-tunegate-${token}'
  location: location
  // azd finds the app that it deploys to by this tag.
  tags: union(tags, {
    'azd-service-name': 'evaluator'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostBlobUri}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.12'
      }
      scaleAndConcurrency: {
        // Of each function; a test holds it against the formula of docs/architecture.md, "Concurrency".
        maximumInstanceCount: 4
        instanceMemoryMB: 2048
      }
    }
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: concat(eventGridRule, pipelineRules)
      // Deployments come through the second site. infra/hooks/deployment_door.py opens it for their time.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Deny'
      scmIpSecurityRestrictions: []
    }
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.web/sites/config-appsettings
// Every setting is one that shared/settings.py or the host reads, and a test holds that there is no other.
// This and its siblings below wait for one another: written at once, Azure may refuse one of them with a conflict.
resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    // The host: https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
    AzureWebJobsStorage__blobServiceUri: hostBlobUri
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: componentConnection
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    // The host, for its triggers, and the functions, for what they send.
    ServiceBus__fullyQualifiedNamespace: serviceBusHost
    ServiceBus__credential: 'managedidentity'
    ServiceBus__clientId: identityClientId
    // The functions.
    TrainingStorage__blobServiceUri: trainingBlobUri
    TrainingStorage__clientId: identityClientId
    VerdictStorage__tableServiceUri: verdictsTableUri
    VerdictStorage__clientId: identityClientId
    ContentSafety__endpoint: contentSafetyEndpoint
    ContentSafety__clientId: identityClientId
    TUNEGATE_RESOURCE: resourceName
    TUNEGATE_REGION: location
    TUNEGATE_TRAINING_CONTAINER: trainingContainer
    TUNEGATE_MODEL_ENDPOINTS: modelEndpoints
    TUNEGATE_REQUESTS_PER_SECOND: requestsPerSecond
    TUNEGATE_DEADLINE_SECONDS: deadlineSeconds
    TUNEGATE_ADDED_SCENARIOS: addedScenarios
    // The connector; the first, empty, leaves it out.
    TUNEGATE_TUNING_ACCOUNT: tuningAccount
    TUNEGATE_EVALUATION_ACCOUNT: evaluationAccount
    TUNEGATE_BASE_MODEL: baseModel
    TUNEGATE_EVALUATION_CAPACITY: evaluationCapacity
    TrainingEvents__topicEndpointUri: completedEndpoint
    TrainingEvents__clientId: identityClientId
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.web/sites/config-authsettingsv2
// The verdict route asks for a token; the webhook, which Event Grid calls with its key, cannot have one. Without a
// registration, or without a named pipeline, no token is good and everybody gets 401.
resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      // Twice: whether paths are compared with regard to case is documented nowhere, and Event Grid writes the second.
      excludedPaths: [
        '/runtime/webhooks/eventgrid'
        '/runtime/webhooks/EventGrid'
      ]
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: !empty(verdictClientId) && !empty(clientIds)
        registration: {
          clientId: verdictClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            verdictClientId
            'api://${verdictClientId}'
          ]
          defaultAuthorizationPolicy: {
            allowedApplications: clientIds
          }
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
  dependsOn: [ settings ]
}

// https://learn.microsoft.com/azure/templates/microsoft.web/sites/basicpublishingcredentialspolicies-ftp
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
  dependsOn: [ authentication ]
}

// https://learn.microsoft.com/azure/templates/microsoft.web/sites/basicpublishingcredentialspolicies-scm
resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
  dependsOn: [ noFtpPassword ]
}

output name string = app.name
output hostName string = app.properties.defaultHostName
