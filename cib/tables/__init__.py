"""The tables of a run: from codes and arrays to the columns that people open.

`building.py` makes them all and numbers the clusters; the others make one table each, or those that
belong together. How tables lie on disk is in `cib.datasets.run_folder`; what is in them is in
docs/schema.md, which is tested against this code.
"""
