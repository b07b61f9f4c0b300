"""The whole system on one machine, as processes: Kafka, PostgreSQL, the services and somebody else's world."""
