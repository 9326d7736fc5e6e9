"""What each situation of the air looks like, and where it changes decisions: `python -m simulator.gallery`."""
