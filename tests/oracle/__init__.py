"""A judge of its own: what is in the cloud against what the specs say, field by field.

It knows the published API definitions and the YAML as written, and nothing of the product: a test holds that no module
here imports `reconciler`. What a plan calls "unchanged" is the planner's opinion; this is the other one.
"""
