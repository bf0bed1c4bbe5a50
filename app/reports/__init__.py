"""Read-only queries across the slices: verification and benchmarks."""
