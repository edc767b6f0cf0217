// What somebody must know of; docs/operations.md says for each what to do. Rules that ask the workspace stand in the
// region; rules on a service's own metrics have no location but 'global', and hold names and numbers only.
param token string
param location string
param workspaceId string
param serviceBusId string
param uploadsTopicId string
param completedTopicId string
param alertEmail string
param tags object

var told = empty(alertEmail) ? [] : [
  people.id
]

// `tunegate...` are OpenTelemetry instruments (docs/monitoring.md). A query yields rows with a `Sum`.
var counted = [
  {
    name: 'dead-letters'
    title: 'Messages ended in a dead-letter queue'
    query: 'AppMetrics | where Name == "tunegate.dead_letters"'
    severity: 2
    minutes: 'PT15M'
    above: 0
  }
  {
    name: 'deadlines-passed'
    title: 'An evaluation ended incomplete at its deadline'
    query: 'AppMetrics | where Name == "tunegate.deadlines_passed"'
    severity: 2
    minutes: 'PT15M'
    above: 0
  }
  {
    name: 'quota-exhausted'
    title: 'Content Safety or the model answers 429 without end'
    query: 'AppMetrics | where Name == "tunegate.requests_throttled"'
    severity: 3
    minutes: 'PT30M'
    above: 1000
  }
  {
    // The three above see nothing until the next day. What a workspace writes of itself is taken in past its cap:
    // https://learn.microsoft.com/azure/azure-monitor/logs/daily-cap
    name: 'telemetry-capped'
    title: 'The workspace takes in nothing more today: alerts on counts are blind'
    query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota" | extend Sum = 1'
    severity: 2
    minutes: 'PT15M'
    above: 0
  }
]

var measured = [
  {
    name: 'dead-letters-unowned'
    title: 'Dead letters that no function takes: the app may be down'
    resource: serviceBusId
    namespace: 'Microsoft.ServiceBus/namespaces'
    metric: 'DeadletteredMessages'
    aggregation: 'Average'
  }
  {
    name: 'uploads-undelivered'
    title: 'Upload events that could not be delivered'
    resource: uploadsTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
  }
  {
    name: 'completed-undelivered'
    title: 'Training-completed events that could not be delivered'
    resource: completedTopicId
    namespace: 'Microsoft.EventGrid/topics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
  }
  {
    name: 'uploads-dropped'
    title: 'Upload events that are gone: neither delivered nor kept'
    resource: uploadsTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DroppedEventCount'
    aggregation: 'Total'
  }
  {
    name: 'completed-dropped'
    title: 'Training-completed events that are gone: neither delivered nor kept'
    resource: completedTopicId
    namespace: 'Microsoft.EventGrid/topics'
    metric: 'DroppedEventCount'
    aggregation: 'Total'
  }
]

// https://learn.microsoft.com/azure/templates/microsoft.insights/actiongroups
resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-tunegate-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'tunegate'
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.insights/scheduledqueryrules
resource counters 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for counter in counted: {
  name: 'alert-${counter.name}-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: counter.title
    enabled: true
    severity: counter.severity
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: counter.minutes
    criteria: {
      allOf: [
        {
          query: counter.query
          metricMeasureColumn: 'Sum'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: counter.above
          failingPeriods: {
            minFailingPeriodsToAlert: 1
            numberOfEvaluationPeriods: 1
          }
        }
      ]
    }
    autoMitigate: true
    // The table has no columns before the first measurement arrives.
    skipQueryValidation: true
    actions: {
      actionGroups: told
    }
  }
}]

// https://learn.microsoft.com/azure/templates/microsoft.insights/metricalerts
resource meters 'Microsoft.Insights/metricAlerts@2018-03-01' = [for meter in measured: {
  name: 'alert-${meter.name}-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: meter.title
    enabled: true
    severity: 1
    scopes: [
      meter.resource
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: meter.name
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: meter.namespace
          metricName: meter.metric
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: meter.aggregation
        }
      ]
    }
    autoMitigate: true
    actions: [for id in told: {
      actionGroupId: id
    }]
  }
}]
