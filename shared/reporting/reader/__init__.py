"""The second layer of the report: one finding and one figure for each question of a reader.

Each section is a module and a template of one name. Its first sentence is the finding, made from
the numbers and never stronger than their interval (`shared.evaluation.claims`).
"""
