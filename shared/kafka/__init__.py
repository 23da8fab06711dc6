"""The event log, on Kafka. The only importer of aiokafka and confluent_kafka."""
