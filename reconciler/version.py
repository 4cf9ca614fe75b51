"""The version, where every module may read it without importing the library's way in."""

__version__ = "0.1.0"
