"""Django's SQLite backend, in which whoever wants to write waits in a queue."""
