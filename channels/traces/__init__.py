"""Recorded links, and the scripts that make recordings (see README.md)."""
