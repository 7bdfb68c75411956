"""docs/PERFORMANCE.md: goal beside measured, with medians and spreads."""
import statistics

GB = 1e9


def spread(values, digits=0):
    """The median, with the range where there is one."""
    shown = f"{statistics.median(values):,.{digits}f}"
    if len(values) > 1:
        shown += f" ({min(values):,.{digits}f}–{max(values):,.{digits}f})"
    return shown


def median(entries, key):
    return statistics.median(entry[key] for entry in entries)


def ratios(ours, theirs, key="tokens_per_s"):
    """Ours over theirs, pair by pair, as they ran one after the other."""
    return [left[key] / right[key] for left, right in zip(ours, theirs)]


class Goals:
    """Rows of the table: what, goal, measured, met."""

    def __init__(self):
        self.rows = []

    def add(self, what, goal, measured, holds=None):
        self.rows.append((what, goal, measured, {True: "yes", False: "**no**", None: ""}[holds]))

    def lines(self):
        return ["| | goal | measured | met |", "|---|---|---|---|"] + [
            "| " + " | ".join(row) + " |" for row in self.rows]


def training(goals, details, item, name, title, goal):
    ours, theirs = item["ours"], item["peer"]
    pairs = ratios(ours, theirs)
    ratio = statistics.median(pairs)
    goals.add(f"{title}, {item['samples']} samples: real tokens/s, apr / peer", f"≥ {goal}x" if goal else "",
              f"{spread(pairs, 2)}x", ratio >= goal if goal else None)
    rates = [limit["sgemm_gflops"] for limit in item["limits"]]
    shares = [4 * item["weights"] * entry["tokens_per_s"] / (rate * 1e9) for entry, rate in zip(ours, rates)]
    details += [f"### {title}, {item['samples']} samples", "",
                "| | real tokens/s | VmHWM | share of sgemm |", "|---|---|---|---|",
                f"| apr | {spread([e['tokens_per_s'] for e in ours])} | {median(ours, 'peak_bytes') / GB:.2f} GB | "
                f"{spread([100 * share for share in shares])} % |",
                f"| {name} | {spread([e['tokens_per_s'] for e in theirs])} | {median(theirs, 'peak_bytes') / GB:.2f} GB | "
                + spread([100 * 4 * item["weights"] * e["tokens_per_s"] / (r * 1e9) for e, r in zip(theirs, rates)]) + " % |",
                "", f"{len(ours)} pair{'s' if len(ours) > 1 else ''}. Each side trains on {ours[0]['tokens']:,} tokens; the peer computes "
                f"{statistics.mean(e['computed_tokens'] for e in theirs):,.0f} with padding. sgemm reaches {spread(rates)} GFLOP/s at the model's shapes and "
                f"M = 2,048; {item['weights'] / 1e6:.1f} M weights outside the embeddings.", ""]
    return shares


def profile(details, entry):
    """The step profile of one run."""
    total = sum(operation["seconds"] for operation in entry["operations"])
    names = {}
    for operation in entry["operations"]:
        names.setdefault(operation["operation"], {})[operation["pass"]] = operation["seconds"]
    details += ["Share of apr's step time by operation, in percent:", "", "| | forward | backward | update |", "|---|---|---|---|"]
    for name, passes in sorted(names.items(), key=lambda item: -sum(item[1].values())):
        cells = [f"{100 * passes[key] / total:.1f}" if key in passes else "" for key in ["forward", "backward", "update"]]
        details.append(f"| {name} | " + " | ".join(cells) + " |")
    details.append("")


def sections(found, goals, details):
    if item := found.get("default"):
        shares = training(goals, details, item, "HF Trainer + PEFT, padded to the longest", "Training, SmolLM2-135M, HF default", 5)
        goals.add("Share of sgemm, SmolLM2-135M", "≥ 80 %", f"{spread([100 * share for share in shares])} %",
                  statistics.median(shares) >= 0.8)
        peak = median(item["ours"], "peak_bytes")
        goals.add("Peak memory, SmolLM2-135M, batch 16, 256 tokens", "< 1.2 GB",
                  f"{peak / GB:.2f} GB (peer {median(item['peer'], 'peak_bytes') / GB:.2f} GB)", peak < 1.2 * GB)
        profile(details, item["ours"][-1])
    for item in found.get("grouped") or []:
        # Trainer sorts within a fourth of all batches, at most fifty: fewer than eight batches stay as they are.
        goal = 1.5 if item["samples"] >= 1600 else 2 if item["samples"] >= 128 else None
        training(goals, details, item, "HF Trainer + PEFT, grouped by length",
                 "Training, SmolLM2-135M, HF grouped by length" + ("" if goal else " (too few to group)"), goal)
    if item := found.get("qwen"):
        shares = training(goals, details, item, "HF Trainer + PEFT, padded to the longest", "Training, Qwen2.5-0.5B shape, HF default", None)
        goals.add("Share of sgemm, Qwen2.5-0.5B shape", "≥ 80 %", f"{spread([100 * share for share in shares])} %",
                  statistics.median(shares) >= 0.8)
        peak = median(item["ours"], "peak_bytes")
        goals.add("Peak memory, Qwen2.5-0.5B shape", "< 2.8 GB",
                  f"{peak / GB:.2f} GB (peer {median(item['peer'], 'peak_bytes') / GB:.2f} GB)", peak < 2.8 * GB)
    if item := found.get("memory_limit"):
        slower = 1 - item["limited"]["tokens_per_s"] / item["free"]["tokens_per_s"]
        goals.add("`--max-memory 900M`, loss of speed", "≤ 15 %",
                  f"{100 * slower:.0f} %, {item['limited']['peak_bytes'] / GB:.2f} GB", slower <= 0.15)
    if item := found.get("predict"):
        for name, entries in [("`predict`", item["ours"]), ("`eval`", item["evaluation"])]:
            pairs = ratios(entries, item["peer"])
            goals.add(f"{name}: tokens/s, apr / batched pipeline", "≥ 3x", f"{spread(pairs, 2)}x", statistics.median(pairs) >= 3)
        rate = item["limits"][0]["sgemm_gflops"] * 1e9
        share = 2 * item["weights"] * median(item["ours"], "tokens_per_s") / rate
        goals.add("`predict`: share of sgemm", "≥ 85 %", f"{100 * share:.0f} %", share >= 0.85)
        details += [f"### Prediction, {item['texts']} texts", "", "| | real tokens/s | VmHWM |", "|---|---|---|",
                    f"| apr predict | {spread([e['tokens_per_s'] for e in item['ours']])} | {median(item['ours'], 'peak_bytes') / GB:.2f} GB |",
                    f"| apr eval | {spread([e['tokens_per_s'] for e in item['evaluation']])} | |",
                    f"| pipeline(batch_size=16) | {spread([e['tokens_per_s'] for e in item['peer']])} | {median(item['peer'], 'peak_bytes') / GB:.2f} GB |",
                    "", "Loading is not counted on either side. For apr, the time of the same command on one text is subtracted.", ""]
    if item := found.get("cold"):
        ours, helps = statistics.median(item["ours_s"]), statistics.median(item["help_s"])
        goals.add("`apr predict --text`, cold start, page cache warm", "< 0.5 s",
                  f"{spread(item['ours_s'], 2)} s (peer {spread(item['peer_s'], 1)} s)", ours < 0.5)
        goals.add("`apr --help`", "< 20 ms", f"{spread([1000 * s for s in item['help_s']], 1)} ms", helps < 0.020)
    if item := found.get("tokenizers"):
        details += ["### Tokenizers, one thread", "",
                    "| vocabulary | encode, MB/s | `tokenizers` | ratio | load, ms | `tokenizers` | ratio |", "|---|---|---|---|---|---|---|"]
        encode, load = [], []
        for family, sides in item.items():
            ours, theirs = sides["ours"], sides["peer"]
            encode.append(median(ours, "encode_mb_per_s") / median(theirs, "encode_mb_per_s"))
            load.append(median(theirs, "load_s") / median(ours, "load_s"))
            details.append(
                f"| {family} | {median(ours, 'encode_mb_per_s'):.1f} | {median(theirs, 'encode_mb_per_s'):.1f} | {encode[-1]:.1f}x | "
                f"{1000 * median(ours, 'load_s'):.0f} | {1000 * median(theirs, 'load_s'):.0f} | {load[-1]:.1f}x |")
        details += ["", "Both sides produce the same ids. For the library, the faster of `encode` and `encode_batch_fast` counts.", ""]
        for name, values in [("encode", encode), ("load", load)]:
            goals.add(f"`tokenizer.json`: speed of {name}, apr / `tokenizers`, one thread", "≥ 3x",
                      f"{min(values):.1f}x to {max(values):.1f}x", min(values) >= 3)
    if item := found.get("files"):
        load, save = item["load"], item["save"]
        goals.add("Loading safetensors", "page-cache speed",
                  f"read {load['read_gb_per_s']:.1f} GB/s, widened {load['widen_gb_per_s']:.1f} GB/s, memcpy {load['memcpy_gb_per_s']:.1f} GB/s")
        goals.add(f"Saving {save['bytes'] / 1e6:.0f} MB, time / plain write and fsync of the same bytes", "≤ 1.3x",
                  f"{save['ratio']:.2f}x ({save['save_s']:.2f} s)", save["ratio"] <= 1.3)
    if item := found.get("threads"):
        if "1" in item and len(item) > 1:
            most = max(item, key=int)
            ours = item[most]["ours"]["tokens_per_s"] / item["1"]["ours"]["tokens_per_s"]
            sgemm = item[most]["limit"]["sgemm_gflops"] / item["1"]["limit"]["sgemm_gflops"]
            goals.add(f"Speed-up from 1 to {most} threads, apr / sgemm", "≥ 97 %",
                      f"{100 * ours / sgemm:.0f} % ({ours:.2f}x, sgemm {sgemm:.2f}x)", ours / sgemm >= 0.97)


def text(found, identity, base, machine):
    goals, details = Goals(), []
    entries = [entry for value in found.values() for entry in (value if isinstance(value, list) else [value])]
    results = {name: [entry["result"] for entry in value] if isinstance(value, list) else value["result"]
               for name, value in found.items()}
    sections(results, goals, details)
    when = sorted(entry["at"] for entry in entries)
    loads = [load for entry in entries for load in entry["loads"]]
    command = f"make bench-peer MODE={identity['mode']}"
    return "\n".join([
        "# Performance", "",
        "`apr` and the peer did the same work on the same machine and took turns (peer, apr, peer, apr, …). "
        f"`{command}` wrote this page; [Benchmarks](../Benchmarks/README.md) describes the method.", "",
        f"- machine: {machine['cpu']}, {machine['cores']} cores, {machine['instructions']}, {machine['memory_gib']} GiB, {machine['system']}",
        f"- peer: {machine['peer']}", f"- {machine['swift']}",
        f"- commit {identity['commit']}, {identity['threads']} threads, {when[0] if when else '-'} to {when[-1] if when else '-'}",
        f"- base: {base.name}; corpus, base and token lengths are fixed by SHA-256 in `Benchmarks/peer/inputs.json`",
        f"- load average before each item: {', '.join(f'{load:.1f}' for load in loads)} (0 is idle)", "",
        "## Goals", "", *goals.lines(), "", "Figures are medians; brackets give the lowest and the highest.", "",
        "## Details", "", *details])
