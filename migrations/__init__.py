"""Bring a database to the tables of this version, by dated revisions that import nothing of ours."""
