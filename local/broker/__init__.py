"""A small Azure Service Bus: an AMQP 1.0 broker in memory that the unmodified SDKs accept (see docs/broker.md)."""
