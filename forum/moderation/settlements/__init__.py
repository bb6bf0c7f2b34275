"""Settle what decisions mean for each kind of subject; nothing outside this room and decisions.py writes a status."""
