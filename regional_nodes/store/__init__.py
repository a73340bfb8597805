"""A node's database: built whole from trees, then only read. SQLite, one file a region."""
