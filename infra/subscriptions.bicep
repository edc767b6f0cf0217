// Who is told of events. Deployed by infra/hooks/subscribe.py after the code: Event Grid refuses a subscription whose
// function is not there. Done again it changes nothing.
// The destination is the function itself and no address with a key in it: Event Grid fetches and renews the key.
param uploadsTopicName string
param completedTopicName string
param functionAppName string
param hostAccountName string
param trainingContainer string = 'training'

resource uploadsTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: uploadsTopicName
}

resource completedTopic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: completedTopicName
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostAccountName
}

// https://learn.microsoft.com/azure/templates/microsoft.eventgrid/systemtopics/eventsubscriptions
resource uploads 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: uploadsTopic
  name: 'plan-data-evaluation'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${app.id}/functions/plan_data_evaluation'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: [
        'Microsoft.Storage.BlobCreated'
      ]
      subjectBeginsWith: '/blobServices/default/containers/${trainingContainer}/'
      isSubjectCaseSensitive: true
    }
    // A day, as long as a message of ours may live; the event then goes to the container of undelivered ones.
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: hostAccount.id
          blobContainerName: 'undelivered-events'
        }
      }
    }
  }
}

// https://learn.microsoft.com/azure/templates/microsoft.eventgrid/topics/eventsubscriptions
resource completed 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: completedTopic
  name: 'plan-model-evaluation'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${app.id}/functions/plan_model_evaluation'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: [
        'Tunegate.TrainingCompleted'
      ]
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: hostAccount.id
          blobContainerName: 'undelivered-events'
        }
      }
    }
  }
}
