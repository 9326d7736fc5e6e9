"""What `python -m simulator.scorers` can do, one module each."""
