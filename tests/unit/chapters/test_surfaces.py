"""Surfaces have their defects where the masks say; patches are described without moving them."""

import numpy as np
import pytest

from talentlab.chapters import surfaces


@pytest.fixture(scope="module")
def drawn():
    return surfaces.draw_surfaces(120, bad_share=0.5, seed=1)


def test_a_draw_is_repeated_by_its_seed_and_is_another_in_another_plant(drawn):
    again = surfaces.draw_surfaces(120, bad_share=0.5, seed=1)
    assert np.array_equal(drawn.images, again.images)
    other = surfaces.draw_surfaces(120, plant="B", bad_share=0.5, seed=1)
    assert other.images.mean() < drawn.images.mean() - 15


def test_masks_are_where_the_defects_are(drawn):
    good = drawn.labels == 0
    assert not drawn.masks[good].any() and drawn.masks[~good].any((1, 2)).mean() > 0.95
    assert set(np.unique(drawn.labels)) == {0, 1, 2} and 0.35 < (~good).mean() < 0.65
    pores = drawn.images[..., 0][drawn.masks == 2]
    assert pores.mean() < drawn.images[good].mean() - 20  # a pore is dark


def test_splits_are_two_fifths_a_quarter_and_the_rest(drawn):
    assert [len(drawn.split(name)) for name in ("train", "validation", "test")] == [48, 30, 42]


def test_the_brush_runs_along_in_one_plant_and_across_in_the_other():
    for plant, axis in (("A", 2), ("B", 1)):
        images = surfaces.draw_surfaces(20, plant=plant, bad_share=0, seed=2).images[..., 0].astype(float)
        steps = [np.abs(np.diff(images, axis=a)).mean() for a in (1, 2)]
        assert np.argmin(steps) + 1 == axis


def test_six_numbers_of_a_patch():
    image = np.zeros((1, 12, 12, 1), np.uint8)
    image[0, :, 6:] = 60  # a step along, none down
    told = surfaces.patch_statistics(image, side=6)
    assert told.shape == (1, 3, 3, 6)
    mean, spread, darkest, brightest, down, along = told[0, 0, 1]  # the patch in the middle: half dark, half bright
    assert (mean, spread, darkest, brightest) == (0, 30, -30, 30)
    assert down == 0 and along == pytest.approx(60 / 6)
    assert told[0, 0, 0, 0] == -30 and told[0, 0, 2, 0] == 30 and not told[0, 0, 0, 1:5].any()


def test_frozen_features_keep_the_places():
    class Mean:
        def features(self, batch, fires):
            assert fires == 4 and batch.shape[1:] == (3, 16, 16)
            return batch[:, :, ::8, ::8]

    images = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((3, 8, 8, 1), np.uint8)
    found = surfaces.patch_features(Mean(), images, size=16, batch_size=2)
    assert found.shape == (3, 2, 2, 3) and np.allclose(found, np.arange(3)[:, None, None, None])
