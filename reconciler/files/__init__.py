"""The user's disk: specs and settings from YAML, the lock and its journal."""
