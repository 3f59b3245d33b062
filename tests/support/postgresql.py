"""A PostgreSQL server from Debian's packages."""
