"""What a machine without PostgreSQL and Valkey is given, and who watches over it."""
