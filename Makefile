# Aliases: everything is in ./run, which needs only Python.
.PHONY: demo test check bench
demo: ; python3 run demo
test: ; python3 run test
check: ; python3 run check
bench: ; python3 run bench
