"""Plants a ring."""

from cib.datasets.synthetic.attacks import SCENARIOS


def plant(rng, stage, spec):
    return SCENARIOS[spec.scenario].make(rng, stage, spec)
