"""The database: SQLite by default, PostgreSQL by HAKARI_DATABASE_URL; one schema, one Book."""
