"""Carrying approved changes out, as decisions: what happens next, and what this run has to remember of it. Pure.

`next_effect` says what a change needs, `Seen` holds what was answered, `RunFacts` what else it may look at. Whoever
performs effects (reconciler/apply) asks again with every answer, until the change has to wait or is over.
"""
