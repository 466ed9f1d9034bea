"""What ci/mutants, ci/soak, ci/shrink-table and ci/groups share: the scenarios in their order, a swarm with what came
of it, and for the last two ci/mutants itself."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
JOBS = os.environ.get("HUBBUB_JOBS", "2")
# Full size only, for measuring speed; its small form is a scenario of its own.
NOT_RUN = {"scenarios/reference.json", "scenarios/schema.json"}


def mutants_module():
    loader = importlib.machinery.SourceFileLoader("mutants", str(TOP / "ci/mutants"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutants", loader))
    loader.exec_module(module)
    return module


def scenarios(top=TOP):
    """Paths from `top`: the city, the finds, which are the nastiest, and the other scenarios, by name."""
    paths = []
    for folder in ("fixtures/finds/scenarios", "scenarios"):
        found = sorted(str(path.relative_to(top)) for path in (top / folder).glob("*.json"))
        paths += [path for path in found if path not in NOT_RUN]
    return sorted(paths, key=lambda path: path != "scenarios/city.json")


def swarm(program, paths, first, last, out, timeout="60s", top=TOP):
    """Small seeds of each scenario (one without a small form is small as it is). -> (exit code, the
    summary, {(path, seed): (end, hash, names of what was violated)}, what was printed)"""
    shutil.rmtree(out, ignore_errors=True)
    command = [str(program), "swarm", *paths, "--seeds", f"{first}..{last}", "--full-permille", "0",
               "--verify-permille", "0", "--timeout", timeout, "-j", JOBS, "--quiet", "--out", str(out)]
    ran = subprocess.run(command, cwd=top, text=True, errors="replace", stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    summary, seeds = {}, {}
    try:
        summary = json.loads((pathlib.Path(out) / "summary.json").read_text())
        lines = (pathlib.Path(out) / "seeds.txt").read_text(errors="replace").split("\n\n", 1)[1]
    except (OSError, ValueError, IndexError):
        return ran.returncode, summary, seeds, ran.stdout
    violated = {(failure["file"], failure["seed"]): set(failure["invariants"])
                for failure in summary["failures"]}
    for line in lines.splitlines():
        words = line.split(" ")
        place = (paths[int(words[0])], int(words[1]))
        seeds[place] = (words[2], words[4], violated.get(place, set()))
    return ran.returncode, summary, seeds, ran.stdout


def table(rows, head):
    """Lines of columns that stand below each other; the last column is not padded."""
    rows = [head] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in rows]


def markdown(rows, head):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
