"""What answers prove about a candidate: tests, intervals, how many items they need, metrics of one item. Pure.

`paired` compares two models on pass or fail, `proportion` one with a number, `scores` two on scores. `power` says
before anything is asked what so many items can show, `curtailment` when the rest cannot change it. `metrics` judges
one answer.
"""
