"""Which cells the search needs, stage by stage, each in the order that teaches most.

A stage looks at the cells that stand already: later stages go around the winner of earlier ones.
"""
import json

import cells
import sets

RATES = [1e-3, 5e-4, 2e-3, 2e-4]
TARGETS = ["all-linear", "q_proj,v_proj"]
EPOCHS = [4, 2, 8]  # of 600 rows in batches of 8: 300, 150, 600 steps
WEIGHTS = ["none", "inverse"]
# The whole grid runs on these; the other sets see the neighbourhood of the winner. Not sections6: its first cells lie
# within two points of each other, whatever the rate. Many uneven classes tell settings apart.
WHOLE = ["sections"]
SEEDS = [1, 2, 3]
FINALISTS = 3
# Around the winner, one factor at a time. A template has {text}.
OTHERS = {"batch_size": [4, 16, 32], "warmup_ratio": [0.0, 0.25], "template": ["{text}\nCategory:", "Classify: {text}"],
          "rank": [4, 64], "lora_dropout": [0.1]}
SIZES = [150, 1800, 5000]


def present(name, rows=600, seed=1):
    """What the program does without flags on the day the search began."""
    return cells.cell(name, rows, seed, base=cells.PRESENT)


def grid(name):
    """Rates of the middle budget first, because the rate decides most."""
    order = [(epochs, weights, targets, rate) for weights in WEIGHTS for epochs in EPOCHS for targets in TARGETS for rate in RATES]
    return [cells.cell(name, learning_rate=rate, target_modules=targets, epochs=epochs, class_weights=weights)
            for epochs, weights, targets, rate in order]


def neighbourhood(name):
    """What another set has to show: the winner's rate, the rates and budgets beside it, the other targets, the other weighting."""
    changes = [{}, {"learning_rate": 2e-3}, {"learning_rate": 5e-4}, {"target_modules": "q_proj,v_proj", "learning_rate": 2e-3},
               {"epochs": 8}, {"epochs": 2}, {"class_weights": "inverse"}]
    return [cells.cell(name, **change) for change in changes]


# What is run before everything else, in the cheapest budget: it says where the winner lies, on every set.
FIRST = [("sections6", 600, {"epochs": 4}), ("tags15", 600, {"epochs": 4}), ("sections6", 600, {"learning_rate": 2e-3}),
         ("sections6", 600, {}), ("sections6", 600, {"learning_rate": 2e-3, "target_modules": "q_proj,v_proj"}),
         ("sections6", 600, {"learning_rate": 5e-4}),
         ("minority", 600, {"class_weights": "inverse"}), ("minority", 600, {}), ("sections6", 150, {"epochs": 4}),
         ("languages19", 150, {"epochs": 4}), ("shell", 600, {}), ("languages19", 600, {}), ("sections", 600, {}), ("tags15", 600, {}),
         ("tags15", 600, {"learning_rate": 2e-3})]


def stage1(stored):
    """Learning rate x targets x steps x class weights at 600 rows, one seed."""
    lines = [[present(name)] + neighbourhood(name) for name in sets.FITTING]
    in_turn = [line[index] for index in range(max(map(len, lines))) for line in lines if index < len(line)]
    first = [cells.cell(name, rows, **{"epochs": 2, **changes}) for name, rows, changes in FIRST]
    return first + in_turn + [each for name in WHOLE for each in grid(name)]


def by_settings(stored, names, rows=600):
    """{settings as text: {set: cell}} of the cells of one seed."""
    found = {}
    for each in stored.values():
        if each["rows"] == rows and each["seed"] == 1 and each["set"] in names:
            found.setdefault(json.dumps(each["settings"], sort_keys=True), {})[each["set"]] = each
    return found


def ranking(stored, names):
    """(mean validation score, settings) of the settings that ran on every one of the sets, best first."""
    rows = [(sum(map(cells.score, found.values())) / len(found), next(iter(found.values()))["settings"])
            for found in by_settings(stored, names).values() if len(found) == len(names)]
    return sorted(rows, key=lambda row: -row[0])


def winner(stored):
    """The settings with the best mean over all fitting sets; the middle until there are any."""
    ranked = ranking(stored, sets.FITTING)
    return ranked[0][1] if ranked else cells.MIDDLE


def stage2(stored):
    """The other factors one at a time around the winner: on one set with one label a text and one with several."""
    best = winner(stored)
    return [cells.cell(name, base=best, **{factor: value}) for factor, values in OTHERS.items() for value in values
            for name in ["sections", "tags15"]]


def finalists(stored):
    ranked = [settings for _, settings in ranking(stored, sets.FITTING)]
    return (ranked or [cells.MIDDLE])[:FINALISTS]


def stage3(stored):
    """Three seeds of the finalists on the fitting sets, and the best of them on other sizes."""
    best = finalists(stored)
    wanted = [cells.cell(name, seed=seed, base=settings) for seed in SEEDS for settings in best for name in sets.FITTING]
    for rows in SIZES:
        for name in sets.FITTING:
            if rows <= len(sets.load(name, "train")):
                epochs = [max(1, round(epochs * 600 / rows)) for epochs in (4, 8)] if rows > 600 else [8, 16]
                wanted += [cells.cell(name, rows, base=best[0], epochs=count) for count in epochs]
    return wanted


def stage4(stored):
    """On the sets that no rule has seen: the cells that validation chooses from, and three seeds without flags."""
    chosen_from = [each for name in sets.JUDGING for each in [present(name)] + neighbourhood(name)]
    return chosen_from + [cells.automatic(name, seed=seed) for name in sets.FITTING + sets.JUDGING for seed in SEEDS]


STAGES = {1: stage1, 2: stage2, 3: stage3, 4: stage4}


def wanted(stage, stored):
    """The cells of a stage, each once."""
    return list({cells.key(each): each for each in STAGES[stage](stored)}.values())
