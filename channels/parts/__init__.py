"""What the laws are made of: exact transfer times, fading, and the map from SNR to rate."""
