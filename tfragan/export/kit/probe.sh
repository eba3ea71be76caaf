#!/usr/bin/env bash
# Succeeds where TensorFlow Serving has every named model available:
#   probe.sh NAME ...
# The official images have neither curl nor wget, so bash asks by itself.
set -u

port=$${REST_PORT:-$rest_port}

available() {
    local answer
    exec 3<>"/dev/tcp/127.0.0.1/$$port" || return 1
    printf 'GET /v1/models/%s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n' \
        "$$1" >&3
    # Not until the end of the connection: a server may keep it open.
    while IFS= read -r -t 3 answer <&3; do
        if [[ $$answer =~ \"state\":[[:space:]]*\"AVAILABLE\" ]]; then
            exec 3>&-
            return 0
        fi
    done
    # The last line may have no end.
    [[ $$answer =~ \"state\":[[:space:]]*\"AVAILABLE\" ]]
    local found=$$?
    exec 3>&-
    return $$found
}

if (($$# == 0)); then
    echo "usage: probe.sh NAME ..." >&2
    exit 2
fi
for name in "$$@"; do
    if ! available "$$name"; then
        echo "probe.sh: $$name is not available on port $$port" >&2
        exit 1
    fi
done
