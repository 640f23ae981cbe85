"""Our own database: engine and transactions, tables, and the records in them."""
