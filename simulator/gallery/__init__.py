"""What situations of the air look like, and where they change decisions: `python -m simulator.gallery`."""
