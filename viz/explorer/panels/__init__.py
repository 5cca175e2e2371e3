"""The panels of a cluster's page, one file each.

Each makes its part from a `Here` (`here.py`: which run, which cluster, who looks), and answers in
`register`. They talk to each other through `selection.py`: what is chosen in one narrows the
others. Which panels there are, and in which order, is in `pages/cluster.py`.
"""
