"""The event log, on Kafka. The only importer of a Kafka client."""
