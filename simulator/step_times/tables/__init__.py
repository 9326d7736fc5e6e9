"""Profiles that were measured on real GPUs, a folder each; `build` made them, README.md says of what."""
