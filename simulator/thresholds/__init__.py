"""Thresholds as operators choose them: by the share of edge turns, by quality, or by latency."""
