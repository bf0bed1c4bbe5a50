"""The REST interface under `/api/v1`: thin over the queries and commands of the slices."""
