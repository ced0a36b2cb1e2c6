"""Chapter 6.1's molecules: drawn by a grammar, read from their SMILES, measured by a known rule; ChEMBL's by rdkit."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from talentlab.errors import DataError, ModelError

# The families: a core with three places for groups, {} in the order in which they stand.
CORES = {
    "benzene": "c1{}cc{}cc{}c1", "pyridine": "n1c{}cc{}cc1{}", "pyrimidine": "n1c{}nc{}cc1{}",
    "thiophene": "s1c{}cc{}c1{}", "furan": "o1c{}cc{}c1{}", "pyrrole": "[nH]1c{}cc{}c1{}", "thiazole": "s1c{}nc{}c1{}",
    "naphthalene": "c1{}cc{}c2ccc{}cc2c1", "quinoline": "n1c{}cc{}c2cc{}ccc12", "indole": "[nH]1c{}c{}c2cc{}ccc12",
    "benzofuran": "o1c{}c{}c2cc{}ccc12", "cyclohexane": "C1{}CC{}CC{}C1", "piperidine": "N1CC{}C{}CC1{}",
    "morpholine": "N1C{}C{}OCC1{}", "piperazine": "N1C{}C{}NCC1{}", "biphenyl": "c1{}cc{}ccc1c2ccc{}cc2",
    "benzylpiperidine": "c1{}cc{}ccc1CN2CCC{}CC2", "phenylpyridine": "c1{}cc{}ccc1c2ncc{}cc2",
}  # fmt: skip
GROUPS = ("", "", "F", "Cl", "Br", "C", "CC", "C(C)C", "OC", "O", "N", "N(C)C", "C(F)(F)F", "C#N", "C(=O)O", "C(=O)N",
          "C(=O)OC", "S(=O)(=O)N", "CCO", "NC(C)=O")  # fmt: skip
_TOKEN = re.compile(r"Cl|Br|\[nH\]|[CNOSFcnos]|[=#()]|\d")
_VALENCES = {"C": (4,), "N": (3,), "O": (2,), "S": (2, 4, 6), "F": (1,), "Cl": (1,), "Br": (1,)}
_WEIGHTS = {"C": 12.011, "N": 14.007, "O": 15.999, "S": 32.06, "F": 18.998, "Cl": 35.45, "Br": 79.904, "H": 1.008}
# What an atom adds to the logarithm of how much a molecule prefers oil to water, rounded.
_OIL = {
    "c": 0.35, "C": 0.35, "n": -0.6, "N": -0.9, "O": -0.5, "o": 0.1, "S": 0.3, "s": 0.5, "F": 0.25, "Cl": 0.65,
    "Br": 0.85,
}  # fmt: skip


@dataclass(frozen=True)
class Molecule:
    """A graph of atoms without hydrogen.

    Attributes:
        atoms: N symbols as SMILES has them; lower case is aromatic.
        hydrogens: N numbers of hydrogen atoms at each.
        bonds: Pairs of atom numbers.
    """

    atoms: tuple[str, ...]
    hydrogens: tuple[int, ...]
    bonds: tuple[tuple[int, int], ...]

    def neighbours(self) -> list[list[int]]:
        """For each atom, the numbers of those bound to it."""
        found: list[list[int]] = [[] for _ in self.atoms]
        for one, other in self.bonds:
            found[one].append(other)
            found[other].append(one)
        return found


def read_smiles(smiles: str) -> Molecule:
    """The graph that a SMILES text stands for: C, N, O, S, F, Cl, Br, aromatic c, n, o, s, branches and rings.

    Raises:
        DataError: If a sign is none of these, or a ring or bracket stays open.

    Source: Weininger 1988, *SMILES, a chemical language*, J. Chem. Inf. Comput. Sci. 28(1).
    """
    tokens = _TOKEN.findall(smiles)
    if "".join(tokens) != smiles or not smiles:
        raise DataError(f"{smiles!r} has signs that are not read here.", expected="atoms C, N, O, S, F, Cl, Br, "
                        "=, #, brackets and ring numbers", remedy="read other SMILES with rdkit.")  # fmt: skip
    atoms: list[str] = []
    orders: list[int] = []  # bonds used up at each atom
    bonds: list[tuple[int, int]] = []
    stack: list[int] = []
    rings: dict[str, int] = {}
    last, order = -1, 1

    def bind(one: int, other: int) -> None:
        bonds.append((one, other))
        orders[one] += order
        orders[other] += order

    for token in tokens:
        if token == "(":
            stack.append(last)
        elif token == ")" and stack:
            last = stack.pop()
        elif token in "=#":
            order = 2 if token == "=" else 3
        elif token.isdigit():
            if token in rings:
                bind(rings.pop(token), last)
            else:
                rings[token] = last
        else:
            atoms.append(token)
            orders.append(0)
            if last >= 0:
                bind(last, len(atoms) - 1)
            last, order = len(atoms) - 1, 1
    if stack or rings or smiles.count("(") != smiles.count(")"):
        raise DataError(f"{smiles!r} leaves a ring or a bracket open.", expected="each ring number twice, brackets in "
                        "pairs", remedy="correct the text.")  # fmt: skip
    hydrogens = tuple(_hydrogens(atom, used) for atom, used in zip(atoms, orders, strict=True))
    return Molecule(tuple(atom.strip("[]H") for atom in atoms), hydrogens, tuple(bonds))


def _hydrogens(atom: str, used: int) -> int:
    if atom.strip("[]H").islower():
        return {"c": max(0, 3 - used), "[nH]": 1}.get(atom, 0)
    return next((valence - used for valence in _VALENCES[atom] if valence >= used), 0)


def fragments(smiles: str, radius: int = 2) -> Counter[str]:
    """How often each atom with its surroundings occurs, up to `radius` bonds around it: what is called a fingerprint.

    Source: Rogers & Hahn 2010, *Extended-connectivity fingerprints*, J. Chem. Inf. Model. 50(5); here without hashing.
    """
    molecule = read_smiles(smiles)
    around, names = molecule.neighbours(), list(molecule.atoms)
    found = Counter(names)
    for _ in range(radius):
        names = [
            f"{name}({','.join(sorted(names[n] for n in near))})" for name, near in zip(names, around, strict=True)
        ]
        found.update(names)
    return found


def scaffold(smiles: str) -> str:
    """A name of the rings and what links them, without all groups: molecules of a family have the same.

    Source: Bemis & Murcko 1996, *The properties of known drugs*, J. Med. Chem. 39(15).
    """
    molecule = read_smiles(smiles)
    around, kept = molecule.neighbours(), set(range(len(molecule.atoms)))
    while ends := {atom for atom in kept if sum(n in kept for n in around[atom]) < 2}:
        kept -= ends
    names = {atom: molecule.atoms[atom] for atom in kept}
    for _ in range(2):
        names = {a: f"{names[a]}({','.join(sorted(names[n] for n in around[a] if n in kept))})" for a in kept}
    return " ".join(sorted(names.values()))


def weight_and_oil(smiles: str) -> tuple[float, float]:
    """Molecular weight [g/mol], and a coarse log P: how much the molecule prefers oil to water, atom by atom.

    Source: the form of Wildman & Crippen 1999, J. Chem. Inf. Comput. Sci. 39(5); the numbers are rounded, ours.
    """
    molecule = read_smiles(smiles)
    heavy = sum(_WEIGHTS[atom.capitalize()] for atom in molecule.atoms)
    return heavy + _WEIGHTS["H"] * sum(molecule.hydrogens), sum(_OIL[atom] for atom in molecule.atoms)


def affinity(smiles: str) -> float:
    """How well a molecule binds to the course's invented pocket, by a rule on its structure [like a pKi, 3 to 9].

    Four parts: oil and water in balance (log P near 2); a frame of rings near nine atoms; up to two donors (N or O with
    hydrogen); and an anchor: a donor four to six bonds away from an N or O that has no hydrogen. No such protein is
    known.
    """
    molecule = read_smiles(smiles)
    around = molecule.neighbours()
    frame = scaffold(smiles).count(" ") + 1
    oil = weight_and_oil(smiles)[1]
    polar = [atom for atom, name in enumerate(molecule.atoms) if name in "NOno"]
    anchored = any(
        molecule.hydrogens[one] and not molecule.hydrogens[other] and 4 <= _bonds_between(around, one, other) <= 6
        for one in polar
        for other in polar
        if one != other
    )
    donors = sum(molecule.hydrogens[atom] > 0 for atom in polar)
    return 6.5 - 0.3 * abs(oil - 2) - 0.5 * abs(frame - 9) + 0.5 * min(donors, 2) + 0.8 * anchored


def _bonds_between(around: Sequence[Sequence[int]], start: int, end: int) -> int:
    reached, steps, edge = {start}, 0, {start}
    while end not in reached and edge:
        edge = {n for atom in edge for n in around[atom]} - reached
        reached, steps = reached | edge, steps + 1
    return steps


def draw_molecules(n: int, seed: int = 0, noise: float = 0.3) -> pd.DataFrame:
    """Molecules that follow the rules of SMILES, with what an assay of the invented pocket says of them.

    Args:
        n: Molecules, all different.
        seed: Of the draw.
        noise: Standard deviation of a measurement [units of affinity].

    Returns:
        `smiles`, `family`, `affinity` (by the rule) and `measured`.
    """
    draws = np.random.default_rng([seed, 61])
    rows: dict[str, str] = {}
    while len(rows) < n:
        family = str(draws.choice(list(CORES)))
        groups = [GROUPS[number] for number in draws.integers(len(GROUPS), size=3)]
        rows.setdefault(CORES[family].format(*(f"({group})" if group else "" for group in groups)), family)
    table = pd.DataFrame({"smiles": list(rows), "family": list(rows.values())})
    table["affinity"] = table["smiles"].map(affinity)
    return table.assign(measured=(table["affinity"] + noise * draws.standard_normal(n)).round(2))


def read_chembl() -> tuple[pd.DataFrame, np.ndarray]:
    """1,017 inhibitors of a sodium channel that come with rdkit (ChEMBL document 2321810), and their fingerprints.

    Returns:
        `smiles`, `measured` (pIC50), `scaffold`, `weight` and `oil` (log P) of each; Morgan counts [N, 2048], radius 2.

    Raises:
        ModelError: If rdkit, or its folder of contributions, is not installed.
    """
    try:
        from rdkit import Chem, RDConfig
        from rdkit.Chem import Crippen, Descriptors, rdFingerprintGenerator
        from rdkit.Chem.Scaffolds import MurckoScaffold
    except ImportError as error:
        raise ModelError.not_installed("rdkit", "chemistry") from error
    folder = Path(RDConfig.RDContribDir) / "FreeWilson" / "data"
    texts = pd.read_csv(folder / "CHEMBL2321810.smi", sep=" ", names=["smiles", "Name"])
    table = texts.merge(pd.read_csv(folder / "CHEMBL2321810_act.csv"), on="Name").rename(columns={"Act": "measured"})
    built = [Chem.MolFromSmiles(smiles) for smiles in table["smiles"]]
    table["scaffold"] = [MurckoScaffold.MurckoScaffoldSmiles(mol=molecule) for molecule in built]
    table["weight"] = [Descriptors.MolWt(molecule) for molecule in built]
    table["oil"] = [Crippen.MolLogP(molecule) for molecule in built]
    counts = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    return table, np.array([counts.GetCountFingerprintAsNumPy(molecule) for molecule in built])
