"""Notebooks as experiments: checked parameters, runs with records, sweeps, tables. papermill's side of the kit."""
