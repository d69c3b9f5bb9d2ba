"""Evaluation of text-motion models: retrieval by protocol, evidence in time and limb, sides and order, each with an interval.

`protocols`, `metrics` and `intervals` work on plain score matrices and know no model.
"""
