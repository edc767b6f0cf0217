// The bus. Its entities are made from infra/servicebus.json, the same declaration that the local broker reads:
// nothing about them stands here, so nothing can differ.
param name string
param location string
param vnetEnabled bool
param tags object

var declaration = loadJsonContent('../servicebus.json')
// `any`: not every entity declares every property, and each is asked whether it does.
var declared = any(declaration).UserConfig.Namespaces[0]
// A test holds that there is one topic, and that a subscription has one rule at most.
var declaredTopic = declared.Topics[0]

// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces
// Private endpoints need Premium; sessions and duplicate detection need Standard at least.
resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: vnetEnabled ? 'Premium' : 'Standard'
    tier: vnetEnabled ? 'Premium' : 'Standard'
    capacity: vnetEnabled ? 1 : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/queues
resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in declared.Queues: {
  parent: namespace
  name: queue.Name
  properties: {
    lockDuration: queue.Properties.LockDuration
    defaultMessageTimeToLive: queue.Properties.DefaultMessageTimeToLive
    deadLetteringOnMessageExpiration: queue.Properties.DeadLetteringOnMessageExpiration
    requiresDuplicateDetection: queue.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: queue.Properties.RequiresDuplicateDetection ? queue.Properties.DuplicateDetectionHistoryTimeWindow : null
    requiresSession: queue.Properties.RequiresSession
    maxDeliveryCount: queue.Properties.MaxDeliveryCount
  }
}]

// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/topics
resource topic 'Microsoft.ServiceBus/namespaces/topics@2024-01-01' = {
  parent: namespace
  name: declaredTopic.Name
  properties: {
    defaultMessageTimeToLive: declaredTopic.Properties.DefaultMessageTimeToLive
    requiresDuplicateDetection: declaredTopic.Properties.RequiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: declaredTopic.Properties.DuplicateDetectionHistoryTimeWindow
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/topics/subscriptions
resource subscriptions 'Microsoft.ServiceBus/namespaces/topics/subscriptions@2024-01-01' = [for subscription in declaredTopic.Subscriptions: {
  parent: topic
  name: subscription.Name
  properties: {
    lockDuration: subscription.Properties.LockDuration
    defaultMessageTimeToLive: subscription.Properties.DefaultMessageTimeToLive
    deadLetteringOnMessageExpiration: subscription.Properties.DeadLetteringOnMessageExpiration
    requiresSession: subscription.Properties.RequiresSession
    maxDeliveryCount: subscription.Properties.MaxDeliveryCount
  }
}]

// https://learn.microsoft.com/azure/templates/microsoft.servicebus/namespaces/topics/subscriptions/rules
// A new subscription comes with a rule `$Default` that takes everything. The declared filter takes that name, so that
// it stands instead of it and not beside it; a subscription that declares none keeps one that takes everything.
resource rules 'Microsoft.ServiceBus/namespaces/topics/subscriptions/rules@2024-01-01' = [for (subscription, i) in declaredTopic.Subscriptions: {
  parent: subscriptions[i]
  name: '$Default'
  properties: {
    filterType: contains(subscription, 'Rules') ? 'CorrelationFilter' : 'SqlFilter'
    correlationFilter: contains(subscription, 'Rules') ? {
      properties: subscription.Rules[0].Properties.CorrelationFilter.Properties
    } : null
    sqlFilter: contains(subscription, 'Rules') ? null : {
      sqlExpression: '1=1'
    }
  }
}]

output id string = namespace.id
output name string = namespace.name
output host string = '${namespace.name}.servicebus.windows.net'
