"""One U-Net for four tasks: do targets, losses, decoding and metrics agree with small cases done by hand?"""

import multiprocessing
import os

import numpy as np
import pytest
import torch

from talentlab.data import shapes
from talentlab.data.batching import LengthGroupedBatches
from talentlab.data.images import Boxes, ImageRows, to_pixel_values
from talentlab.evaluation.metrics import predict
from talentlab.models import vision
from talentlab.training import build_adamw
from talentlab.training.loop import cross_entropy, fit

FP32 = {"precision": "fp32", "learning_rate": 1e-2}
SCENES = shapes.draw_scenes(24, size=16, most=2, seed=1)
PIXELS = to_pixel_values(SCENES.images)


def boxes(*rows, scores=None):
    found = Boxes.true([row[:4] for row in rows], [row[4] for row in rows])
    return found if scores is None else Boxes(found.xyxy, found.labels, np.array(scores, float))


# --- the network ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({"answers": "image"}, (2, 5)),
        ({}, (2, 16, 24, 5)),
        ({"stride": 2}, (2, 8, 12, 5)),
        ({"stride": 4}, (2, 4, 6, 5)),
    ],
)
def test_answers_have_their_shapes(settings, shape):
    model = vision.UNet(3, 5, **settings)
    assert model(torch.zeros(2, 3, 16, 24)).logits.shape == shape
    assert sum(weight.numel() for weight in model.parameters()) < 500_000
    model(torch.randn(2, 3, 16, 24)).logits.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())  # no part is left out


def test_time_and_class_change_the_answer():
    torch.manual_seed(0)
    model = vision.UNet(1, 1, widths=(8, 16), num_classes=3)
    image, early, one = torch.randn(1, 1, 8, 8), torch.tensor([0.1]), torch.tensor([1])
    answer = model(image, early, one).logits
    assert not torch.allclose(answer, model(image, torch.tensor([0.9]), one).logits)
    assert not torch.allclose(answer, model(image, early, torch.tensor([2])).logits)


# --- centres ----------------------------------------------------------------------------------------------------------
def test_targets_of_one_box_by_hand():
    targets = vision.centre_targets([boxes((4, 8, 12, 16, 1)), boxes()], (16, 32), 3, stride=4)
    heat, sides, near = (targets[name] for name in ("heat", "sides", "near"))
    assert heat.shape == (2, 4, 8, 3) and sides.shape == (2, 4, 8, 4) and near.shape == (2, 4, 8)
    assert (heat[0] == 1).nonzero().tolist() == [[3, 2, 1]]  # the centre (8, 12) lies in column 2, row 3
    assert heat[0, 3, 3, 1] == pytest.approx(np.exp(-2)) and heat[0, :, :, [0, 2]].sum() == 0
    # from the place's middle (10, 14): 6, 6, 2, 2 pixels, in strides of 4
    assert sides[0, 3, 2].tolist() == [1.5, 1.5, 0.5, 0.5]
    assert near[0].sum() == 6  # the row below is outside of the image
    assert heat[1].sum() == near[1].sum() == 0  # an image without objects


def test_targets_are_decoded_to_the_boxes():
    scenes = shapes.draw_scenes(12, size=16, most=1, seed=1)
    targets = vision.centre_targets(scenes.boxes, (16, 16), 3, stride=2)
    logits = torch.cat([torch.logit(targets["heat"].clamp(1e-4, 1 - 1e-4)), targets["sides"]], -1).numpy()
    found = vision.decode_centres(logits, 2, threshold=0.99)
    for part, true in zip(found, scenes.boxes, strict=True):
        assert np.allclose(part.xyxy, true.xyxy, atol=1e-4) and part.labels == true.labels
    assert vision.average_precision(found, scenes.boxes, 3, threshold=0.99).tolist() == [1, 1, 1]
    empty = vision.decode_centres(np.full((1, 4, 4, 7), -9.0), 2)[0]
    assert empty.xyxy.shape == (0, 4) and empty.labels.shape == empty.scores.shape == (0,)


def test_the_loss_of_places_by_hand():
    labels = {
        "heat": torch.tensor([[[[1.0], [0.5]]]]),
        "sides": torch.ones(1, 1, 2, 4),
        "near": torch.tensor([[[1.0, 0.0]]]),
    }
    output = vision.ImageOutput(torch.zeros(1, 1, 2, 5))  # every share is 0.5
    loss, weight = vision.centre_loss(output, labels)
    heat = 0.5**2 * np.log(2) + 0.5**4 * 0.5**2 * np.log(2)
    assert loss.item() == pytest.approx(heat + 0.25 * 4 / 9) and weight == 1
    nothing = {name: torch.zeros_like(part) for name, part in labels.items()}
    loss, weight = vision.centre_loss(output, nothing)
    assert loss.item() == pytest.approx(2 * 0.25 * np.log(2)) and weight == 1  # divided by one, not by nought


# --- metrics ----------------------------------------------------------------------------------------------------------
def test_iou_by_hand():
    first = np.array([[0, 0, 2, 2], [0, 0, 1, 1.0]])
    second = np.array([[1, 1, 3, 3], [0, 0, 2, 2], [5, 5, 6, 6], [1, 1, 1, 1.0]])
    assert np.allclose(vision.box_iou(first, second), [[1 / 7, 1, 0, 0], [0, 1 / 4, 0, 0]])
    assert vision.box_iou(np.zeros((0, 4)), second).shape == (0, 4)


def test_a_box_is_found_once_and_by_its_own_class():
    true = boxes((0, 0, 10, 10, 0), (20, 0, 30, 10, 1))
    found = boxes(
        (0, 0, 10, 9, 0), (0, 0, 10, 10, 0), (20, 0, 30, 10, 0), (20, 0, 30, 10, 1), scores=(0.9, 0.8, 0.7, 0.6)
    )
    assert vision.match_boxes(found, true).tolist() == [0, -1, -1, 1]
    assert vision.match_boxes(found, true, threshold=0.95).tolist() == [-1, 0, -1, 1]
    assert vision.match_boxes(found, boxes()).tolist() == [-1] * 4


def test_average_precision_by_hand():
    """Class 0: right, wrong, right of three: 1/3 · 1 + 1/3 · 2/3 = 5/9. Class 1: never found. Class 2: not there."""
    true = [boxes((0, 0, 10, 10, 0), (20, 20, 30, 30, 0)), boxes((0, 0, 10, 10, 0), (0, 0, 9, 9, 1)), boxes()]
    found = [boxes((0, 0, 10, 10, 0), (20, 20, 30, 30, 0), scores=(0.9, 0.5)), boxes(scores=()),
             boxes((0, 0, 10, 10, 0), scores=(0.7,))]  # fmt: skip
    areas = vision.average_precision(found, true, 3)
    assert areas[:2] == pytest.approx([5 / 9, 0]) and np.isnan(areas[2])
    # a false box with the least score costs nothing; one with the highest does
    last = [found[0], found[1], boxes((0, 0, 10, 10, 0), scores=(0.1,))]
    assert vision.average_precision(last, true, 1)[0] == pytest.approx(2 / 3)
    first = [found[0], found[1], boxes((0, 0, 10, 10, 0), scores=(0.95,))]
    assert vision.average_precision(first, true, 1)[0] == pytest.approx(2 / 3 * 2 / 3)


def test_mask_iou_by_hand():
    true, predicted = np.array([[[0, 0], [1, 1]]]), np.array([[[0, 1], [1, 1]]])
    shares = vision.mask_iou(predicted, true, 3)
    assert shares[:2] == pytest.approx([1 / 2, 2 / 3]) and np.isnan(shares[2])


def test_frechet_distance_by_hand():
    cloud = np.random.default_rng(0).normal(size=(500, 3))
    assert vision.frechet_distance(cloud, cloud[::-1]) == pytest.approx(0, abs=1e-6)
    assert vision.frechet_distance(cloud, cloud + np.array([3, 4, 0])) == pytest.approx(25)
    spread = np.var(cloud, axis=0, ddof=1).sum()  # covariances A and 4 A: tr A + 4 tr A − 2 · 2 tr A
    mean = ((cloud.mean(0)) ** 2).sum()
    assert vision.frechet_distance(cloud, 2 * cloud) == pytest.approx(spread + mean)


# --- the tasks through the one loop -----------------------------------------------------------------------------------
def task(name):
    """Model, data and loss of each task, small and seeded."""
    torch.manual_seed(3)
    small = {"widths": (4, 8)}
    if name == "class":
        return vision.UNet(3, 3, "image", **small), ImageRows(PIXELS, torch.tensor(SCENES.labels)), None
    if name == "pixels":
        return vision.UNet(3, 4, **small), ImageRows(PIXELS, torch.tensor(SCENES.masks)), None
    if name == "centres":
        targets = vision.centre_targets(SCENES.boxes, (16, 16), 3, 2)
        return vision.UNet(3, 7, stride=2, **small), ImageRows(PIXELS, targets), vision.centre_loss
    flow = vision.FlowRows(PIXELS, torch.tensor(SCENES.labels), seed=5)
    return vision.UNet(3, 3, num_classes=3, **small), flow, vision.velocity_loss


TASKS = ("class", "pixels", "centres", "flow")


@pytest.mark.parametrize("name", TASKS)
def test_one_step_equals_a_plain_one(name):
    model, rows, loss_of = task(name)
    history = fit(model, rows, task_loss=loss_of, num_epochs=1, batch_size=24, warmup_ratio=0, **FP32)
    assert history.unit == "images" and history.seen == 24

    plain, rows, _ = task(name)
    optimizer = build_adamw(plain, 0.01, 1.0)
    (order,) = LengthGroupedBatches(rows.lengths, 24, seed=0)
    batch = rows.collate([rows[n] for n in order])
    labels = batch.pop("labels")
    loss, weight = (loss_of or cross_entropy)(plain(**batch), labels)
    (loss / weight).backward()
    torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = 1e-2 * group["rate_factor"]
    optimizer.step()
    assert history.steps[0]["loss"] == pytest.approx((loss / weight).item(), rel=1e-5)
    for (key, one), other in zip(model.named_parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5), key


@pytest.mark.parametrize("name", TASKS)
def test_it_learns(name):
    model, rows, loss_of = task(name)
    losses = [row["loss"] for row in fit(model, rows, task_loss=loss_of, num_epochs=30, batch_size=8, **FP32).steps]
    assert np.mean(losses[-9:]) < 0.85 * np.mean(losses[:3])


def test_answers_come_image_by_image():
    model, rows, _ = task("pixels")
    assert predict(model, rows, batch_size=7, precision="fp32").shape == (24, 16, 16, 4)


def test_noise_is_new_in_each_epoch_and_the_same_for_a_seed():
    _, rows, _ = task("flow")
    first = rows.collate([rows[3], rows[5]])
    assert torch.equal(first["labels"], task("flow")[1].collate([rows[3], rows[5]])["labels"])
    rows.begin_epoch(1)
    second = rows.collate([rows[3], rows[5]])
    assert not torch.equal(first["pixel_values"], second["pixel_values"])
    rows.begin_epoch(0)
    assert torch.equal(rows.collate([rows[3], rows[5]])["pixel_values"], first["pixel_values"])
    # on the straight way: x(t) + (1 − t) · velocity is the image
    left = (1 - first["time"])[:, None, None, None] * first["labels"].permute(0, 3, 1, 2)
    assert torch.allclose(first["pixel_values"] + left, PIXELS[[3, 5]], atol=1e-5)


def _train(folder, name, dies_at):
    model, rows, loss_of = task(name)
    collate, calls = rows.collate, iter(range(1, 10_000))

    def deadly(given):
        if next(calls) == dies_at:
            os._exit(9)
        return collate(given)

    object.__setattr__(rows, "collate", deadly)
    history = fit(model, rows, task_loss=loss_of, num_epochs=3, batch_size=4, checkpoint=folder / "state",
                  checkpoint_steps=2, **FP32)  # fmt: skip
    (folder / "losses").write_text(str([row["loss"] for row in history.steps]))


@pytest.mark.parametrize("name", ["centres", "flow"])
def test_a_killed_training_goes_on_to_the_same_losses(tmp_path, name):
    (tmp_path / "whole").mkdir()
    for folder, dies_at in ((tmp_path / "whole", -1), (tmp_path, 10), (tmp_path, -1)):
        process = multiprocessing.get_context("spawn").Process(target=_train, args=(folder, name, dies_at))
        process.start()
        process.join()
        assert process.exitcode == (9 if dies_at > 0 else 0)
    assert (tmp_path / "losses").read_text() == (tmp_path / "whole" / "losses").read_text()
