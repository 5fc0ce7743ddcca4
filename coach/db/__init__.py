"""Tables, engine and migrations: columns and relations, no rules and no queries."""
