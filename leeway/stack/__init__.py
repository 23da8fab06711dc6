"""The local stack: a broker, a database and the three services on one machine."""
