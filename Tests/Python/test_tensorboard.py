"""What TensorBoard, and scripts for HuggingFace's Trainer, read of a run."""
import json
import math
import subprocess
import textwrap

import pytest

import support
import toybase


@pytest.fixture(scope="module")
def run(apr_program, tmp_path_factory):
    directory = tmp_path_factory.mktemp("tensorboard")
    run = toybase.train(directory, 2, "--tensorboard", directory / "logs", "--eval-steps", 4, "--seed", 5)
    return run


@pytest.fixture(scope="module")
def lines(run):
    return support.read_jsonl(run.directory / "checkpoints" / "metrics.jsonl")


def scalars(directory):
    from tensorboard.backend.event_processing import event_accumulator

    events = event_accumulator.EventAccumulator(str(directory), size_guidance={event_accumulator.SCALARS: 0})
    events.Reload()
    return {tag: [(point.step, point.value) for point in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def close(found, expected):
    # TensorBoard keeps figures in single precision.
    assert [step for step, _ in found] == [step for step, _ in expected]
    for (_, value), (_, other) in zip(found, expected):
        assert math.isclose(value, other, rel_tol=1e-6, abs_tol=1e-12)


def test_tensorboard_reads_every_figure(run, lines):
    found = scalars(run.directory / "logs")
    for tag, kind, member in [
            ("train/loss", "step", "loss"), ("train/accuracy", "step", "accuracy"),
            ("train/learning_rate", "step", "learning_rate"), ("train/grad_norm", "step", "grad_norm"),
            ("eval/loss", "evaluation", "val_loss"), ("eval/accuracy", "evaluation", "val_accuracy"),
            ("eval/macro_f1", "evaluation", "val_macro_f1")]:
        close(found[tag], [(line["step"], line[member]) for line in lines if line["type"] == kind])
    close(found["epoch/train_loss"], [(line["epoch"], line["train_loss"]) for line in lines if line["type"] == "epoch"])


def test_every_record_is_whole(run):
    """The real reader checks the checksums; a changed byte must be noticed, or the test above would say little."""
    from tensorboard.backend.event_processing import event_file_loader

    (path,) = (run.directory / "logs").iterdir()
    count = len(list(event_file_loader.LegacyEventFileLoader(str(path)).Load()))
    assert count > 20
    damaged = run.directory / "events.out.tfevents.1.damaged"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert len(list(event_file_loader.LegacyEventFileLoader(str(damaged)).Load())) < count


def test_tensorboard_shows_the_hyperparameters(run):
    from tensorboard import context as request_context
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(run.directory / "logs"))
    multiplexer.Reload()
    context = base_plugin.TBContext(
        logdir=str(run.directory / "logs"), multiplexer=multiplexer,
        data_provider=data_provider.MultiplexerDataProvider(multiplexer, str(run.directory / "logs")))
    hparams = backend_context.Context(context)
    request = request_context.RequestContext()
    experiment = hparams.experiment_from_metadata(
        request, "", True, hparams.hparams_metadata(request, ""), None)
    known = {info.name for info in experiment.hparam_infos}
    assert {"learning_rate", "batch_size", "lora_rank", "seed", "base", "data_hash"} <= known
    assert {info.name.tag for info in experiment.metric_infos} >= {"eval/loss", "eval/accuracy", "eval/macro_f1"}
    groups = list_session_groups.Handler(request, hparams, "", api_pb2.ListSessionGroupsRequest(
        allowed_statuses=[api_pb2.STATUS_SUCCESS], start_index=0, slice_size=10,
        col_params=[api_pb2.ColParams(metric=api_pb2.MetricName(tag="eval/loss"))])).run()
    (group,) = groups.session_groups
    values = {name: value.WhichOneof("kind") and getattr(value, value.WhichOneof("kind"))
              for name, value in group.hparams.items()}
    assert values["learning_rate"] == 4e-3 and values["batch_size"] == 8 and values["seed"] == "5"
    assert values["oversample"] is False
    assert group.sessions[0].status == api_pb2.STATUS_SUCCESS


def test_a_resumed_run_goes_on_in_the_same_curves(apr_program, tmp_path):
    data = support.write_jsonl(tmp_path / "corpus.jsonl", toybase.corpus(2))
    command = ["finetune", toybase.base(), "--data", data, "--batch-size", 8, "--threads", 1, "-o", tmp_path / "run",
               "--tensorboard", tmp_path / "logs", "--lr-scheduler", "constant"]
    support.apr(*command, "--epochs", 1)
    support.apr(*command, "--epochs", 2, "--resume")
    assert len(list((tmp_path / "logs").iterdir())) == 2
    lines = support.read_jsonl(tmp_path / "run" / "metrics.jsonl")
    close(scalars(tmp_path / "logs")["train/loss"],
          [(line["step"], line["loss"]) for line in lines if line["type"] == "step"])


STATE = textwrap.dedent("""
    import json, sys
    from transformers.trainer_callback import TrainerState
    state = TrainerState.load_from_json(sys.argv[1])
    print(json.dumps({"step": state.global_step, "epochs": state.num_train_epochs, "best": state.best_metric,
                      "max": state.max_steps, "history": state.log_history}))
""")


def test_the_trainer_reads_its_state(stack, run, lines):
    """TrainerState of both stacks refuses members it does not know."""
    path = run.directory / "checkpoints" / "trainer_state.json"
    result = subprocess.run([stack, "-c", STATE, path], capture_output=True, text=True, check=True)
    state = json.loads(result.stdout.splitlines()[-1])
    steps = [line for line in lines if line["type"] == "step"]
    evaluations = [line for line in lines if line["type"] == "evaluation"]
    assert state["step"] == state["max"] == len(steps) and state["epochs"] == 3
    assert state["best"] == min(line["val_loss"] for line in evaluations)
    losses = {entry["step"]: entry["loss"] for entry in state["history"] if "loss" in entry}
    assert losses == {line["step"]: line["loss"] for line in steps}
    validated = {entry["step"]: entry["eval_loss"] for entry in state["history"] if "eval_loss" in entry}
    assert validated == {line["step"]: line["val_loss"] for line in evaluations}
    assert state["history"][-1]["epoch"] == 3.0 and "train_loss" in state["history"][-1]


def test_no_checkpoint_holds_a_trainer_state(run):
    assert list((run.directory / "checkpoints").glob("*/trainer_state.json")) == []
    assert list((run.directory / "checkpoints").glob("*/report.*")) == []
