"""What the benchmarks share: both pipelines as processes, what drives and watches them, and the arithmetic."""
