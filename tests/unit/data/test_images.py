"""Are images read once, of one size, with the right classes; and are broken ones named?"""

import numpy as np
import PIL.Image
import pytest
import torch

from talentlab.data import shapes
from talentlab.data.images import Boxes, ImageRows, load_images, to_pixel_values
from talentlab.errors import DataError


def write(folder, name, colour, size=(6, 4), mode="RGB"):
    folder.mkdir(parents=True, exist_ok=True)
    PIL.Image.new(mode, size, colour).save(folder / name)


@pytest.fixture
def folder(tmp_path):
    """Twenty images each of two classes, of 6 × 4 pixels."""
    for number in range(20):
        write(tmp_path / "red", f"{number}.png", (200, 10, 10))
        write(tmp_path / "blue", f"{number}.png", (10, 10, 200))
    return tmp_path


def test_digits_come_with_scikit_learn():
    digits = load_images()
    assert digits.images.shape == (1797, 8, 8, 1) and digits.images.max() == 255
    assert [(digits.splits == name).sum() for name in ("train", "validation", "test")] == [1455, 162, 180]
    assert set(digits.split("test").labels) == set(range(10))


def test_a_folder_per_class(folder):
    found = load_images(str(folder))
    assert found.images.shape == (40, 4, 6, 3) and found.class_names == ("blue", "red") and not found.masks
    assert found.images[found.labels == 1][0, 0, 0].tolist() == [200, 10, 10]
    assert found.names[0].endswith("blue/0.png")
    assert "no test split with labels was given" in found.notes[0]


def test_folders_of_splits_are_kept(tmp_path):
    for split, count in (("train", 12), ("val", 3), ("test", 2)):
        for number in range(count):
            for kind, colour in (("a", 10), ("b", 200)):
                write(tmp_path / split / kind, f"{number}.jpg", colour, mode="L")
    found = load_images(str(tmp_path))
    assert found.images.shape == (34, 4, 6, 1) and not found.notes
    assert [len(found.split(name)) for name in ("train", "validation", "test")] == [24, 6, 4]


def test_other_sizes_are_resized_with_a_note(folder):
    write(folder / "red", "large.png", (200, 10, 10), size=(60, 40))
    found = load_images(str(folder))
    assert found.images.shape == (41, 4, 6, 3)
    assert found.notes[0] == "1 of 41 images had other sizes and were resized to 6 × 4 pixels"
    assert load_images(str(folder), size=(8, 16)).images.shape == (41, 8, 16, 3)


def test_sixteen_bits_and_transparency_are_read(folder):
    deep = PIL.Image.fromarray(np.full((4, 6), 40_000, np.uint16))
    deep.save(folder / "red" / "deep.png")
    write(folder / "red", "clear.png", (200, 10, 10, 128), mode="RGBA")
    found = load_images(str(folder))
    assert found.images[[name.endswith("deep.png") for name in found.names]].max() == 40_000 // 256
    assert found.images.shape[3] == 3


def test_broken_files_are_named(folder):
    whole = (folder / "red" / "0.png").read_bytes()
    (folder / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "blue" / "text.jpg").write_text("no image")
    (folder / "blue" / "empty.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"3 of 43 images cannot be read: .*empty\.jpg.*text\.jpg.*cut\.png") as caught:
        load_images(str(folder))
    assert "fetch these files again" in str(caught.value)


def test_a_table_of_paths(folder):
    lines = [f"{kind}/{number}.png,{kind},{'test' if number < 5 else 'train'}" for kind in ("red", "blue")
             for number in range(20)]  # fmt: skip
    (folder / "table.csv").write_text("\n".join(["path,label,split", *lines]))
    found = load_images(str(folder / "table.csv"))
    assert len(found.split("test")) == 10 and found.class_names == ("blue", "red")
    (folder / "table.csv").write_text("\n".join(["path,label,split", *lines, "red/99.png,red,train"]))
    with pytest.raises(DataError, match=r"1 of 41 images .*99\.png \(FileNotFoundError"):
        load_images(str(folder / "table.csv"))
    (folder / "table.csv").write_text("\n".join(["path,label,split", *lines, "red/1.png,red,later"]))
    with pytest.raises(DataError, match=r"splits \['later'\]"):
        load_images(str(folder / "table.csv"))
    (folder / "table.csv").write_text("name,kind\na,b\n")
    with pytest.raises(DataError, match="a column named path or file"):
        load_images(str(folder / "table.csv"))


def test_an_npz_file_with_boxes_and_masks(tmp_path):
    path, images = tmp_path / "cells.npz", np.zeros((30, 8, 8, 3), np.uint8)
    split = np.array(["train"] * 20 + ["val"] * 5 + ["test"] * 5)
    corners, masks = [[0, 0, 2, 2], [1, 1, 4, 4], [2, 2, 3, 3]], np.ones((30, 8, 8), np.uint8)
    np.savez(path, image=images, split=split, mask=masks, box_image=[0, 0, 2], box_xyxy=corners, box_label=[1, 0, 1],
             class_names=["a", "b"])  # fmt: skip
    found = load_images(str(path))
    assert [len(objects.labels) for objects in found.boxes[:3]] == [2, 0, 1]  # an image may have none
    assert found.boxes[1].xyxy.shape == (0, 4)
    assert found.masks.sum() == 30 * 64 and len(found.split("test").boxes) == 5
    np.savez(path, image=images.astype(float))
    with pytest.raises(DataError, match=r"image float64\[30, 8, 8, 3\]"):
        load_images(str(path))
    path.write_bytes(b"PK no archive")
    with pytest.raises(DataError, match=r"cells\.npz cannot be read"):
        load_images(str(path))


def test_what_is_nowhere_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"is no file and no folder"):
        load_images(str(tmp_path / "nothing"))
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="no images in folders of classes"):
        load_images(str(tmp_path))


def test_rows_for_the_loop():
    values = to_pixel_values(np.array([[[[0]], [[255]]]], np.uint8))  # [1, 2, 1, 1]
    assert values.shape == (1, 1, 2, 1) and values.flatten().tolist() == [-1, 1]
    rows = ImageRows(torch.zeros(3, 1, 2, 2), {"heat": torch.arange(3), "near": torch.ones(3, 2)})
    batch = rows.collate([rows[2], rows[0]])
    assert batch["labels"]["heat"].tolist() == [2, 0] and batch["pixel_values"].shape == (2, 1, 2, 2)
    assert rows.lengths == [1, 1, 1] and rows.unit == "images"


def test_scenes_have_boxes_where_their_masks_are():
    scenes = shapes.draw_scenes(40, size=32, kinds=5, most=3, seed=4)
    again = shapes.draw_scenes(40, size=32, kinds=5, most=3, seed=4)
    assert np.array_equal(scenes.images, again.images) and not np.array_equal(
        scenes.images, shapes.draw_scenes(40, size=32, kinds=5, most=3, seed=5).images
    )
    for boxes, mask, label in zip(scenes.boxes, scenes.masks, scenes.labels, strict=True):
        assert 1 <= len(boxes.labels) <= 3 and label == boxes.labels[0]
        assert boxes.xyxy.min() >= 0 and boxes.xyxy.max() <= 32
        inside = np.zeros((32, 32), bool)
        for left, top, right, bottom in boxes.xyxy:
            inside[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] = True
        assert not mask[~inside].any()  # nothing outside of all boxes
        assert set(np.unique(mask)) - {0} <= {1 + label for label in boxes.labels}
    assert Boxes.true([], []).xyxy.shape == (0, 4)
    assert shapes.draw_scenes(5, fewest=0, most=0).masks.max() == 0  # no shape is fine, too
