"""Writes the tables of docs/results/defaults-DATE.md from the cells that stand.

    python3 Tools/defaults/report.py [--date YYYY-MM-DD]

What stands above the mark in that file is written by people and stays.
"""
import argparse
import json
import time

import cells
import rules
import search
import sets
import stages

MARK = "<!-- Tools/defaults/report.py writes what follows. -->"
SHORT = {"learning_rate": "rate", "target_modules": "targets", "epochs": "epochs", "batch_size": "batch", "class_weights": "weights",
         "warmup_ratio": "warm-up", "rank": "rank", "alpha": "alpha", "lora_dropout": "dropout", "template": "template",
         "max_seq_length": "limit"}
MAIN = ["learning_rate", "target_modules", "epochs", "batch_size", "class_weights"]


def value(setting, settings):
    found = settings[setting]
    if found == "q_proj,v_proj":
        return "q,v"
    return f"{found:g}" if isinstance(found, float) else str(found).replace("\n", "\\n")


def words(settings):
    """Settings in a few words; the lesser ones only where they differ from the middle."""
    lesser = [f"{SHORT[setting]} {value(setting, settings)}" for setting in cells.PRESENT
              if setting not in MAIN and settings[setting] != cells.MIDDLE[setting]]
    return ", ".join([f"{value('learning_rate', settings)} {value('target_modules', settings)}", f"{settings['epochs']} epochs of batch "
                      f"{settings['batch_size']}", f"weights {settings['class_weights']}", *lesser])


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def with_flags(stored, name, rows=600):
    return [each for each in stored.values() if each["set"] == name and each["rows"] == rows and "automatic" not in each["settings"]]


def overview(stored):
    rivals = json.loads((cells.STORE.parent / "baselines.json").read_text(encoding="utf-8"))
    rows = []
    for name in sets.FITTING + sets.JUDGING:
        own = with_flags(stored, name)
        best = max(own, key=cells.score, default=None)
        present = stored.get(cells.key(stages.present(name)))
        rival = rivals[name]["sizes"]["600"]
        rows.append([name, f"{rival['labels']}", f"{rival['rows']}", f"{len(own)}",
                     f"**{cells.score(best):.3f}**" if best else "–", words(best["settings"]) if best else "–",
                     f"{cells.score(present):.3f}" if present else "–",
                     f"{rival['tfidf_logistic_regression']['macro_f1']:.3f}", f"{rival['majority']['macro_f1']:.3f}"])
    header = ["set", "labels", "validation rows", "cells", "best cell", "its settings", "present default", "TF-IDF + LR", "majority"]
    return table(header, rows)


def all_cells(stored):
    rows = []
    for each in sorted(stored.values(), key=lambda each: (each["set"], each["rows"], -cells.score(each))):
        best = cells.chosen(each)
        settings = each.get("resolved") and "no flags" or words(each["settings"])
        low = best["epoch"] < cells.epochs(each)
        rows.append([each["set"], str(each["rows"]), str(each["seed"]), settings, f"{best['macro_f1']:.3f}", f"{best['accuracy']:.3f}",
                     f"{best['loss']:.3f}", f"{best['epoch']}{' (then it rose)' if low else ''}",
                     f"{max(epoch['macro_f1'] for epoch in each['validation']):.3f}",
                     f"{search.processor_seconds(each):.0f} s" if "processor_seconds" in each else "–"])
    return table(["set", "rows", "seed", "settings", "macro-F1", "accuracy", "loss", "best epoch", "highest macro-F1", "processor"], rows)


def effects(stored):
    rows = [[setting, f"{one} → {other}".replace("\n", "\\n"), f"{difference:+.3f}", str(count), str(pairs)]
            for setting, one, other, difference, count, pairs in rules.effects(stored)]
    if not rows:
        return "No two cells differ in one setting only."
    return table(["setting", "change", "mean change of macro-F1", "sets", "pairs"], rows)


def missing(stored):
    speed = search.rate(stored)
    rows = []
    for stage in stages.STAGES:
        wanted = stages.wanted(stage, stored)
        left = [each for each in wanted if cells.key(each) not in stored]
        rows.append([str(stage), " ".join(stages.STAGES[stage].__doc__.split()), f"{len(wanted) - len(left)} of {len(wanted)}",
                     search.clock(sum(search.cost(each, stored) for each in left) / speed)])
    figures = table(["stage", "what", "cells done", "time left"], rows)
    return f"{figures}\n\nTime is that of two cores that do nothing else: {speed:.0f} tokens/s."


def tables(stored):
    parts = ["## Every set beside its rivals",
             "Macro-F1 on validation rows, 600 training rows, one seed. A cell's figure is that of the epoch with the lowest validation "
             "loss, which is what `best/` holds. No test set was read for this table.", overview(stored),
             "## What changes when one setting changes",
             "Over the fitting sets: pairs of cells that differ in that setting only.", effects(stored),
             "## What is done and what is missing", missing(stored), "## Every cell", all_cells(stored)]
    return "\n\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()))
    options = parser.parse_args()
    path = cells.ROOT / "docs" / "results" / f"defaults-{options.date}.md"
    before = path.read_text(encoding="utf-8").split(MARK)[0] if path.exists() else f"# The search for defaults, {options.date}\n\n"
    path.write_text(before + MARK + "\n\n" + tables(cells.done()), encoding="utf-8")
    print(path.relative_to(cells.ROOT))


if __name__ == "__main__":
    main()
