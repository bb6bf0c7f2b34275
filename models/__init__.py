"""Hold the tables, the rules that need only their own fields, the domain errors, engines and sessions."""
