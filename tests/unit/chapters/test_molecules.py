"""Molecules of chapter 6.1: SMILES are read as chemistry has them, and the drawn ones are what their card says."""

import numpy as np
import pytest

from talentlab.chapters import molecules
from talentlab.errors import DataError


@pytest.mark.parametrize(
    ("smiles", "weight", "hydrogens"),
    [
        ("OCC", 46.07, 6),  # ethanol
        ("c1ccccc1", 78.11, 6),  # benzene
        ("CC(=O)Nc1ccc(O)cc1", 151.16, 9),  # paracetamol
        ("[nH]1cccc1", 67.09, 5),  # pyrrole
        ("C#N", 27.03, 1),
        ("c1cc2ccccc2cc1", 128.17, 8),  # naphthalene
        ("NS(=O)(=O)c1ccccc1", 157.19, 7),  # benzenesulfonamide
        ("FC(F)(F)Cl", 104.46, 0),
    ],
)
def test_weights_and_hydrogens_are_those_of_the_substance(smiles: str, weight: float, hydrogens: int) -> None:
    assert molecules.weight_and_oil(smiles)[0] == pytest.approx(weight, abs=0.02)
    assert sum(molecules.read_smiles(smiles).hydrogens) == hydrogens


def test_bonds_close_rings_and_leave_branches() -> None:
    assert set(molecules.read_smiles("C1CC1(F)O").bonds) == {(0, 1), (1, 2), (0, 2), (2, 3), (2, 4)}


@pytest.mark.parametrize("smiles", ["", "C1CC", "C(C", "CC)", "[Na]", "C%12", "c1ccXcc1"])
def test_what_is_no_smiles_of_these_atoms_is_refused(smiles: str) -> None:
    with pytest.raises(DataError):
        molecules.read_smiles(smiles)


def test_fragments_count_atoms_with_their_surroundings() -> None:
    assert molecules.fragments("OCC", radius=1) == {"O": 1, "C": 2, "O(C)": 1, "C(C,O)": 1, "C(C)": 1}
    assert molecules.fragments("OCC", radius=0) == {"O": 1, "C": 2}
    assert molecules.fragments("OCC") == molecules.fragments("CCO")  # the same molecule, written the other way round


def test_scaffolds_lose_groups_and_keep_what_links_rings() -> None:
    plain = molecules.scaffold("c1ccccc1CN2CCCCC2")
    assert molecules.scaffold("c1c(Cl)cccc1CN2CCC(C(=O)O)CC2") == plain
    assert len(plain.split()) == 13
    assert molecules.scaffold("c1ccccc1") != molecules.scaffold("n1ccccc1")
    assert molecules.scaffold("CCO") == ""


def test_affinity_is_the_rule_of_the_card() -> None:
    # phenol: log P 1.6, six atoms in the frame, one donor, no second polar atom
    assert molecules.affinity("c1ccccc1O") == pytest.approx(6.5 - 0.3 * 0.4 - 0.5 * 3 + 0.5)
    # 4-hydroxyphenyl cyanide: log P 1.05; O to N are six bonds
    anchored = molecules.affinity("c1cc(C#N)ccc1O")
    assert anchored == pytest.approx(6.5 - 0.3 * 0.95 - 0.5 * 3 + 0.5 + 0.8)
    # 2-aminophenol: two donors, and no N or O without hydrogen
    assert molecules.affinity("c1ccc(N)cc1O") == pytest.approx(6.5 - 0.3 * abs(0.7 - 2) - 0.5 * 3 + 1.0)


def test_drawn_molecules_are_what_their_card_says() -> None:
    table = molecules.draw_molecules(200, 1)
    assert list(table) == ["smiles", "family", "affinity", "measured"] and table["smiles"].is_unique
    assert set(table["family"]) <= set(molecules.CORES)
    pairs = table.assign(scaffold=table["smiles"].map(molecules.scaffold))[["family", "scaffold"]].drop_duplicates()
    assert pairs["family"].is_unique and pairs["scaffold"].is_unique
    assert np.std(table["measured"] - table["affinity"]) == pytest.approx(0.3, abs=0.06)
    assert table.equals(molecules.draw_molecules(200, 1)) and not table.equals(molecules.draw_molecules(200, 2))
    assert (
        molecules.draw_molecules(50, 1, noise=0)["measured"] - molecules.draw_molecules(50, 1)["affinity"]
    ).abs().max() < 0.01
