"""Shows what `benchmarks kernels` printed as a table: `.build/release/benchmarks kernels CONFIG | python3 Benchmarks/table.py`."""
import json
import sys

report = json.load(sys.stdin)
print(f"{report['device']}, {report['tokens']} tokens, longest text {report['longest']}")
print(f"limits: sgemm {report['sgemm_gflops']:.0f} GFLOP/s at the model's shapes and M = {report['rows']}, "
      f"memory {report['triad_gb_per_s']:.1f} GB/s\n")
print(f"{'':22}{'ms':>9}{'GFLOP/s':>10}{'of sgemm':>10}{'GB/s':>8}{'of triad':>10}")
for name, entry in report["kernels"].items():
    rate = f"{entry['gflops']:10.1f}{100 * entry['share_of_sgemm']:9.0f} %" if "gflops" in entry else " " * 21
    print(f"{name:22}{1000 * entry['seconds']:9.2f}{rate}{entry['gb_per_s']:8.1f}{100 * entry['share_of_triad']:8.0f} %")
