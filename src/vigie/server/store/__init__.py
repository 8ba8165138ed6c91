"""The server's database: tables, one writer, readers, and one module per kind of record."""
