#!/usr/bin/env bash
# Starts the loopback Hub and says how to talk to it: start.sh PROGRAM. Ctrl-C ends it and removes what it stored.
set -euo pipefail
program=$1
shift
cat <<'TEXT'
A HuggingFace Hub on this machine; nothing leaves it, and all of it is gone when it ends (Ctrl-C).

In another terminal:

    export HF_ENDPOINT=http://127.0.0.1:8808 HF_TOKEN=hf_loopbackOwner HF_HOME=/tmp/hub-home
    apr publish ./checkpoints/best/ paiml/shell-safety-classifier
    apr pull paiml/shell-safety-classifier

The Python client works, too, if it is told not to use Xet:

    export HF_HUB_DISABLE_XET=1
    python -c 'from huggingface_hub import snapshot_download as s; print(s("paiml/shell-safety-classifier"))'

Tokens: hf_loopbackOwner (user me, writes to me/ and paiml/), hf_loopbackReadOnly, hf_loopbackForeign (user other),
hf_loopbackRevoked. To see what was said, and to make the next upload to the object store fail once:

    curl -s http://127.0.0.1:8810/requests
    curl -s http://127.0.0.1:8810/faults -H 'content-type: application/json' \
        -d '{"server": "storage", "method": "PUT", "action": {"kind": "status", "status": 503}}'

TEXT
exec "$program" --port 8808 --storage-port 8809 --control-port 8810 --elsewhere-port 8811 "$@"
