"""Tables of figures about public benchmarks, and the scripts that make them (see README.md)."""
