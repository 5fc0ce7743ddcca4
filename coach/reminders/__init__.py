"""The scheduler edge: one tick, and the channels that messages leave by."""
