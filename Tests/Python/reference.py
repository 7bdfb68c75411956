"""What torch computes for a request to the probe: logits, loss and gradients of the real transformers + PEFT model."""
import dataclasses

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from tinymodels import collate

torch.set_num_threads(1)


@dataclasses.dataclass
class Numbers:
    """The outcome of one effective batch, in the precision it was computed in."""

    logits: torch.Tensor
    loss: torch.Tensor
    gradients: dict


def loss_of(logits, request):
    """The loss HuggingFace's model or Trainer computes for the settings of a request."""
    labels = torch.tensor(request["batches"][0]["labels"])
    if request["problem_type"] == "multi_label_classification":
        return F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
    weights = request.get("class_weights")
    weights = torch.tensor(weights, dtype=logits.dtype) if weights else None
    return F.cross_entropy(logits, labels, weight=weights, label_smoothing=request.get("label_smoothing") or 0.0)


class FixedMask(torch.nn.Module):
    """Stands in for PEFT's dropout and multiplies with a mask drawn elsewhere."""

    def __init__(self, mask):
        super().__init__()
        self.register_buffer("mask", mask)

    def forward(self, inputs):
        return inputs * self.mask.to(inputs.dtype)


def inject(model, masks, rows):
    """Replaces every LoRA dropout of a PEFT model by the probe's mask for it, unpacked to padded rows."""
    width = max(len(row) for row in rows)
    injected = set()
    for name, module in model.named_modules():
        if not hasattr(module, "lora_dropout"):
            continue
        path = name.removeprefix("base_model.model.")
        packed = masks[path]
        padded = torch.ones(len(rows), width, packed.shape[-1])
        start = 0
        for index, row in enumerate(rows):
            padded[index, : len(row)] = packed[start : start + len(row)]
            start += len(row)
        assert start == packed.shape[0], f"mask.{path} has {packed.shape[0]} rows for {start} tokens"
        module.lora_dropout["default"] = FixedMask(padded)
        injected.add(path)
    assert injected == set(masks), f"masks for other modules than PEFT's: {sorted(injected ^ set(masks))}"


def numbers(model, request, pad, masks=None):
    """Logits, loss and every trainable tensor's gradient, by the keys of adapter_model.safetensors."""
    rows = request["batches"][0]["input_ids"]
    if masks is not None:
        inject(model, masks, rows)
    model.zero_grad()
    logits = model(**collate(rows, pad)).logits
    loss = loss_of(logits, request)
    loss.backward()
    gradients = {
        disk_key(name): value.grad.detach().clone()
        for name, value in model.named_parameters() if value.requires_grad
    }
    return Numbers(logits.detach(), loss.detach(), gradients)


def disk_key(name):
    """The key under which PEFT saves a parameter."""
    return name.replace(".modules_to_save.default", "").replace(".default", "")


def read(path):
    """The probe's answer: (tensors by name, gradients by key, masks by module)."""
    tensors = load_file(path)
    gradients = {name.removeprefix("grad."): value for name, value in tensors.items() if name.startswith("grad.")}
    masks = {name.removeprefix("mask."): value for name, value in tensors.items() if name.startswith("mask.")}
    return tensors, gradients, masks


def relative(value, expected):
    """norm(value - expected) / norm(expected), in fp64; an expected norm of zero is an error of the test."""
    norm = expected.double().norm()
    assert norm > 0, "the reference is zero: nothing would be tested"
    return float((value.double() - expected.double()).norm() / norm)


def assert_gradients(ours, fp32, fp64, bound):
    """Every trainable tensor's gradient is within `bound` of torch's, or, where torch's own fp32 is further than
    that from its fp64, within twice torch's own error of the fp64."""
    assert set(ours) == set(fp32.gradients), f"keys differ: {sorted(set(ours) ^ set(fp32.gradients))}"
    worst = {}
    for key, expected in fp32.gradients.items():
        own = relative(expected, fp64.gradients[key])
        error = relative(ours[key], expected)
        if own > bound:
            error, allowed = relative(ours[key], fp64.gradients[key]), 2 * own
        else:
            allowed = bound
        if error > allowed:
            worst[key] = f"{error:.2e} > {allowed:.2e} (torch's own {own:.1e})"
    assert not worst, worst


def assert_logits(ours, expected, fp64, bound):
    """The largest difference, relative to the largest logit, is within `bound` (or twice torch's own error)."""
    assert ours.shape == expected.shape
    scale = float(expected.abs().max())
    own = float((expected.double() - fp64.double()).abs().max()) / scale if fp64 is not None else 0.0
    if own > bound:
        expected, bound = fp64, 2 * own
    error = float((ours.double() - expected.double()).abs().max()) / scale
    assert error <= bound, f"logits are off by {error:.2e} of their scale {scale:.2f}, allowed {bound:.2e}"
