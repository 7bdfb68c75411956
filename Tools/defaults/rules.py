"""The rules of the automatic settings, and how they follow from the cells.

The program has the same table in Swift; this one says what a set of rows should get, so that
`judge.py` sees whether the two agree.
"""
import json
import math
import statistics
from collections import defaultdict

import cells
import sets

# Enough steps: on six sections 75 did nearly as well as 300; fifteen tags gained until 150 by loss, until 225 by macro-F1.
STEPS = 300
BATCH = 8
EPOCHS = (3, 10)  # never fewer, never more
# (fewer parameters than, rate, tested?)
RATES = [(0.3e9, 1e-3, True), (1e9, 5e-4, False), (math.inf, 2e-4, False)]


def resolve(rows, parameters=135e6):
    """The settings for a number of training rows and a size of base."""
    rate = next(rate for below, rate, _ in RATES if parameters < below)
    epochs = min(max(math.ceil(STEPS / math.ceil(rows / BATCH)), EPOCHS[0]), EPOCHS[1])
    return {**cells.MIDDLE, "learning_rate": rate, "batch_size": BATCH, "epochs": epochs}


def pairs(stored, setting):
    """{(value, other value): {set: differences}}: cells that differ in one setting only, on the same rows and seed."""
    groups = defaultdict(dict)
    for each in stored.values():
        if "automatic" not in each["settings"]:
            rest = {key: value for key, value in each["settings"].items() if key != setting}
            groups[json.dumps([each["set"], each["rows"], each["seed"], rest], sort_keys=True)][each["settings"][setting]] = each
    found = defaultdict(lambda: defaultdict(list))
    for values in groups.values():
        for one in values:
            for other in values:
                if str(one) < str(other):
                    found[one, other][values[one]["set"]].append(cells.score(values[other]) - cells.score(values[one]))
    return found


def effects(stored):
    """(setting, value, other value, mean difference over sets, sets, pairs), only over the fitting sets."""
    fitting = {key: each for key, each in stored.items() if each["set"] in sets.FITTING}
    rows = []
    for setting in cells.PRESENT:
        for (one, other), by_set in pairs(fitting, setting).items():
            means = [statistics.mean(differences) for differences in by_set.values()]
            rows.append((setting, one, other, statistics.mean(means), len(means), sum(map(len, by_set.values()))))
    return rows
