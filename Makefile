# Short names for the launcher's commands; everything is done there.
.PHONY: up down test unit smoke podman deep bench lint golden
up down:
	./cortex $@
test:
	./cortex test
unit smoke podman deep:
	./cortex test $@
bench:
	./cortex bench create
	./cortex bench promote
	./cortex bench switchover
	./cortex bench commands
	./cortex bench backup
golden:
	UPDATE_GOLDEN=1 ./cortex test unit --filter Golden
lint:
	shellcheck -x cortex .ci/run scripts/*.sh images/*/*.sh tests/bench/*.sh tests/podmans/*.sh tests/kubectls/*.sh tests/kubernetes/*.sh
