"""Agents that act on symbols, the baselines beside them, and how all of them are measured."""
