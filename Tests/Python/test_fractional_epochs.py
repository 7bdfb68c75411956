"""Fractional epochs are HF Trainer's: the same number of steps, and the same steps in the last, partial epoch."""
import json

import pytest

import support
import toybase

CASES = [(0.3, 8, 1), (1.5, 8, 1), (2.25, 7, 1), (1.1, 4, 3), (3, 5, 2), (0.01, 16, 1)]


def trainer_steps(rows, cases, directory):
    """The steps that the installed Trainer would take, without training."""
    import torch
    from transformers import Trainer, TrainingArguments

    class Rows(torch.utils.data.Dataset):
        def __len__(self):
            return rows

        def __getitem__(self, index):
            return {"x": index}

    steps = []
    for epochs, batch, accumulation in cases:
        arguments = TrainingArguments(
            output_dir=directory, num_train_epochs=epochs, per_device_train_batch_size=batch,
            gradient_accumulation_steps=accumulation, use_cpu=True, report_to=[])
        trainer = Trainer(model=torch.nn.Linear(1, 1), args=arguments, train_dataset=Rows())
        steps.append(trainer.set_initial_training_values(arguments, trainer.get_train_dataloader())[-1])
    return steps


@pytest.fixture(scope="module")
def data(apr_program, tmp_path_factory):
    return support.write_jsonl(tmp_path_factory.mktemp("data") / "corpus.jsonl", toybase.corpus(2))


def test_the_number_of_steps_is_trainers(data, tmp_path):
    ours = []
    for epochs, batch, accumulation in CASES:
        plan = support.apr_json(
            "finetune", toybase.base(), "--data", data, "--epochs", epochs, "--batch-size", batch,
            "--gradient-accumulation-steps", accumulation, "--plan")["plan"]
        assert plan["config"]["epochs"] == epochs
        ours.append(plan["total_steps"])
    assert ours == trainer_steps(plan["train_examples"], CASES, tmp_path)


def test_a_run_ends_inside_its_last_epoch_and_records_the_fraction(data, tmp_path):
    settings = tmp_path / "run.yaml"
    settings.write_text("epochs: 1.5\n")
    result = support.apr_json(
        "finetune", toybase.base(), "--data", data, "--config", settings, "--batch-size", 8, "--threads", 1, "-o", tmp_path / "run")
    assert result["result"]["steps"] == 9 and [epoch["step"] for epoch in result["result"]["history"]] == [6, 9]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["config"]["epochs"] == 1.5
    assert json.loads((tmp_path / "run" / "best" / "metadata.json").read_text())["settings"]["epochs"] == 1.5
    longer = support.apr_json("finetune", "--resume", tmp_path / "run", "--epochs", 2.5)["result"]
    assert longer["steps"] == 15 and [epoch["step"] for epoch in longer["history"]] == [6, 12, 15]
    assert support.apr("finetune", "--resume", tmp_path / "run", "--epochs", 0, expect=64).stderr.count("--epochs: 0")
