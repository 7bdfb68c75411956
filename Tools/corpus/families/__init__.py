"""Template families. Training and test families are in different modules and share no template."""
from template import parse

from . import (test_familiar, test_guards, test_order, test_plain, test_quoting, test_risks,
               train_guards, train_order, train_plain, train_quoting, train_risks,
               train_wider)

TRAIN = [family for module in (train_risks, train_quoting, train_order, train_guards, train_plain, train_wider)
         for family in parse(module.SOURCE)]
TEST = [family for module in (test_risks, test_quoting, test_order, test_guards, test_plain,
                                   test_familiar)
        for family in parse(module.SOURCE)]

_names = [family.name for family in TRAIN + TEST]
assert len(_names) == len(set(_names)), "two families have one name"
