"""What ends a program from outside: signals, closed pipes, full disks, and limits of the process. Training ends with a complete
checkpoint, and everything else with a message."""
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import support

FROZEN = support.ROOT / "Tests" / "Fixtures" / "frozen-run-0.1"
TOKEN = "hf_" + "Zq9" * 11


@pytest.fixture
def frozen(apr_program, tmp_path):
    return shutil.copytree(FROZEN, tmp_path / "frozen", symlinks=True)


def finetune(frozen, *arguments, epochs=2000):
    return [support.APR, "finetune", frozen / "base", "--data", frozen / "corpus.jsonl", "-o", frozen / "new",
            "--epochs", str(epochs), "--early-stopping-patience", "0", "--logging-steps", "1", *arguments]


def wait_for_step(run, step=3, seconds=60):
    """Waits until training has done some steps."""
    log = run / "metrics.jsonl"
    for _ in range(10 * seconds):
        if log.exists() and f'"step":{step},' in log.read_text():
            return
        time.sleep(0.1)
    pytest.fail("training does not begin")


def assert_complete(run):
    assert support.apr_json("verify", run)["valid"] is True
    assert "last" in support.apr_json("verify", run)["resumable"]


@pytest.mark.parametrize("number, status", [(signal.SIGHUP, 129), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_training_with_a_checkpoint(number, status, frozen):
    process = subprocess.Popen(finetune(frozen), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_step(frozen / "new")
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors.decode()[-2000:]
    assert b"with a checkpoint" in errors
    assert_complete(frozen / "new")


def test_nohup_keeps_training_from_hanging_up(frozen):
    process = subprocess.Popen(
        finetune(frozen), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for_step(frozen / "new")
    process.send_signal(signal.SIGHUP)
    wait_for_step(frozen / "new", step=len((frozen / "new" / "metrics.jsonl").read_text().splitlines()) + 5)
    process.terminate()
    assert process.wait(60) == 143


@pytest.mark.parametrize("stream", ["stdout", "stderr", "both"])
def test_training_goes_on_when_nobody_reads(stream, frozen):
    """As in `apr finetune … 2>&1 | head -1`."""
    reader, writer = os.pipe()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for name in ["stdout", "stderr"]:
        if stream in [name, "both"]:
            streams[name] = writer
    process = subprocess.Popen(finetune(frozen, epochs=2), **streams)
    os.close(writer)
    os.close(reader)
    assert process.wait(120) == 0
    assert_complete(frozen / "new")
    assert (frozen / "new" / "report.html").exists()


def test_a_result_that_nobody_reads_ends_a_command_without_a_message(frozen):
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [support.APR, "inspect", frozen / "base"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    os.close(reader)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (-signal.SIGPIPE, b"")


def test_a_file_that_may_not_grow_is_a_full_disk(frozen):
    """`ulimit -f`: writing fails instead of a signal, and what was saved before stays."""
    result = support.execute(
        "bash", "-c", 'ulimit -f 16; exec "$@"', "bash", *finetune(frozen, epochs=1), expect=None)
    assert result.returncode in [73, 74], result.stderr
    assert "ulimit -f" in result.stderr
    with_limit = support.execute(
        "bash", "-c", 'ulimit -f 16; exec "$@"', "bash", support.APR, "merge", frozen / "run" / "best", "--base",
        frozen / "base", "-o", frozen / "merged", expect=None)
    assert with_limit.returncode == 74 and "ulimit -f" in with_limit.stderr, with_limit.stderr
    assert not (frozen / "merged").exists()
    assert not list(frozen.glob(".merged.*"))


PREDICT = ["predict", "{run}/best", "--base", "{base}", "--text", "ls"]
TRAIN = ["finetune", "{base}", "--data", "{dir}/corpus.jsonl", "-o", "{dir}/new", "--epochs", "1"]
PULL = ["pull", "org/model"]


@pytest.mark.parametrize("command", [PREDICT, TRAIN, PULL], ids=lambda command: command[0])
@pytest.mark.parametrize("limit, word", [
    *((f"-n {count}", "ulimit -n") for count in [5, 8, 12, 40]),
    *((f"-v {size}", "ulimit -v") for size in [200_000, 400_000]),
    *((f"-s {size}", "ulimit -s") for size in [100, 256])])
def test_too_little_of_something_is_a_message(limit, word, command, frozen):
    paths = {"dir": frozen, "run": frozen / "run", "base": frozen / "base"}
    result = support.execute(
        "bash", "-c", f'ulimit {limit}; exec "$@"', "bash", support.APR, *(part.format(**paths) for part in command),
        expect=None, timeout=60,
        env={"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "", "HF_HOME": str(frozen)})
    assert result.returncode == 1, (result.returncode, result.stderr)
    assert word in result.stderr


def test_a_low_soft_limit_is_raised(frozen):
    support.execute(
        "bash", "-c", 'ulimit -S -n 12; ulimit -S -s 100; exec "$@"', "bash", support.APR, "predict",
        frozen / "run" / "best", "--base", frozen / "base", "--text", "ls")


@pytest.mark.parametrize("number", [signal.SIGILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGTRAP, signal.SIGFPE])
def test_a_trap_prints_a_sentence_and_no_memory(number, frozen):
    process = subprocess.Popen(
        finetune(frozen), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "HF_TOKEN": TOKEN, "SWIFT_BACKTRACE": "enable=yes,color=no,registers=all,images=all"})
    wait_for_step(frozen / "new")
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == -number
    text = (output + errors).decode(errors="replace")
    last = text.splitlines()[-1]
    assert re.search("please report|was cut short", last), last
    assert "Registers" not in text and "Thread" not in text and TOKEN not in text


@pytest.fixture(scope="module")
def without_proc(tmp_path_factory):
    """A library that hides /proc, since unmounting it needs rights that tests do not have."""
    directory = tmp_path_factory.mktemp("proc")
    source = directory / "hide.c"
    source.write_text(r"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdarg.h>
        #include <stdio.h>
        #include <string.h>
        static int hidden(const char *path) { errno = ENOENT; return strncmp(path, "/proc", 5) == 0; }
        FILE *fopen(const char *path, const char *mode) {
            if (hidden(path)) return NULL;
            return ((FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen"))(path, mode);
        }
        FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }
        int open(const char *path, int flags, ...) {
            if (hidden(path)) return -1;
            va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest);
            return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
        }
        int open64(const char *path, int flags, ...) {
            va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest);
            return open(path, flags, mode);
        }
    """)
    library = directory / "hide.so"
    support.execute("cc", "-shared", "-fPIC", "-o", library, source, "-ldl")
    return {"LD_PRELOAD": str(library)}


def test_arguments_are_read_without_proc(frozen, without_proc):
    assert "safe" in support.apr(
        "predict", frozen / "run" / "best", "--base", frozen / "base", "--text", "ls", env=without_proc).stdout
    (frozen / "run" / "best" / "model.safetensors").write_bytes(b"damaged")
    result = support.apr("verify", frozen / "run" / "best", env=without_proc, expect=65)
    assert "model.safetensors" in result.stderr
    assert "USAGE" not in result.stdout
