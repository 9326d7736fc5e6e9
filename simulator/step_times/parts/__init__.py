"""What step-time laws are made of."""
