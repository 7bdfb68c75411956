#!/usr/bin/env bash
# Runs the static program where nothing of ours is installed: in a bare Debian root, and there on the instruction sets of
# older processors (by emulation). Prints size, what it is linked to, and how each run ended.
#
#   Tools/dist/bare_check.sh PROGRAM [DIRECTORY]
set -euo pipefail

program=$(readlink -f "${1:?usage: bare_check.sh PROGRAM [DIRECTORY]}")
root=${2:-.build/bare-root}
base=Tests/Fixtures/command-line/base
cd "$(dirname "$0")/../.."
for tool in debootstrap qemu-x86_64; do
    command -v "$tool" >/dev/null || { echo "bare check: $tool is missing; apt-get install debootstrap qemu-user" >&2; exit 1; }
done

if [ ! -e "$root/etc/debian_version" ]; then
    debootstrap --variant=minbase --include=ca-certificates "${SUITE:-bookworm}" "$root" "${MIRROR:-http://deb.debian.org/debian}" >.build/bare-root.log
fi
install -m 755 "$program" "$root/usr/bin/apr"
# Swift takes a program's arguments from /proc; without it every command would print the help and succeed.
if [ ! -e "$root/proc/self" ]; then
    mount -t proc proc "$root/proc"
    trap 'umount "$root/proc"' EXIT
fi
rm -rf "$root/work"
mkdir -p "$root/work"
cp -r "$base" "$root/work/base"
for row in $(seq 0 39); do
    if [ $((row % 2)) = 0 ]; then echo "{\"input\":\"cp a$row b\",\"label\":\"safe\"}"; else echo "{\"input\":\"rm -rf x$row\",\"label\":\"unsafe\"}"; fi
done >"$root/work/corpus.jsonl"

echo "size: $(stat -c %s "$program") bytes"
echo "linked to:"
ldd "$program" | sed 's/ (0x.*//'
echo "packages in the root: $(chroot "$root" dpkg-query -W | wc -l), Swift among them: $(chroot "$root" dpkg-query -W | grep -ci swift || true)"

run() { # run NAME EMULATOR...: train and predict in the root
    local name=$1
    shift
    rm -rf "$root/work/run"
    if chroot "$root" "$@" /usr/bin/apr finetune /work/base --data /work/corpus.jsonl --epochs 1 --threads 2 --quiet -o /work/run >"$root/work/out" 2>&1 &&
        chroot "$root" "$@" /usr/bin/apr verify /work/run/best >>"$root/work/out" 2>&1 &&
        chroot "$root" "$@" /usr/bin/apr predict /work/run/best --text 'rm -rf x1' >>"$root/work/out" 2>&1 &&
        grep -qE '^(safe|unsafe) ' "$root/work/out"; then
        # The emulator has warnings of its own around the answer.
        echo "$name: trained, verified, predicted: $(grep -E '^(safe|unsafe) ' "$root/work/out")"
    else
        echo "$name: FAILED"
        cat "$root/work/out"
        failed=1
    fi
}

failed=0
run "this processor"
# The emulator itself must not need the root's libraries.
qemu=$(readlink -f "$(command -v qemu-x86_64-static || command -v qemu-x86_64)")
if ! ldd "$qemu" >/dev/null 2>&1 || [[ $qemu == *static ]]; then
    install -m 755 "$qemu" "$root/usr/bin/qemu"
    for cpu in ${CPUS:-qemu64 Nehalem SandyBridge Haswell}; do run "$cpu" /usr/bin/qemu -cpu "$cpu"; done
else
    echo "older processors: not run, since $qemu is not static; apt-get install qemu-user-static"
fi
exit $failed
