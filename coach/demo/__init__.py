"""A clinic to try: made through the services, its months of sessions played through the same fold as real ones."""
