"""tuneform: a declarative reconciler for tuned Gemini models.

The names below are the library's promise; everything else may change without notice. They are
imported on first use, because a command line that only prints its version should not pay for them.
"""

__version__ = "0.1.0"
