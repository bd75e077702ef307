"""Deep symbolic reinforcement learning: pixels to objects to tables that a person can read.

Importing dsrl registers the `DSRL-*` environments with Gymnasium; the rest is loaded on first use.
"""

from dsrl.envs.registration import register_envs

register_envs()
