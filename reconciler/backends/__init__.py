"""The two clouds, one protocol (base.py). Only reconciler/cli names the adapters."""
