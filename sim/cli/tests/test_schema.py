"""scenarios/schema.json is what the program prints, takes every shipped scenario, and draws each line
where the program draws it: both ends of every range are taken by both, what lies beyond by neither.

Usage: test_schema.py PROGRAM, from the repository's root. One line a check; exits 1 if one fails."""

import copy
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    sys.exit("test_schema.py: needs python3-jsonschema: ci/install-deps")

PROGRAM = sys.argv[1]
UNITS = {"us": 1, "ms": 1000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6}
failed = []


def check(what, good, why=""):
    print(("ok      " if good else "FAILED  ") + what + ("" if good else f": {why}"))
    if not good:
        failed.append(what)


printed = subprocess.run([PROGRAM, "list", "schema"], capture_output=True, text=True, check=True).stdout
with open("scenarios/schema.json", encoding="utf-8") as file:
    check("scenarios/schema.json is what the program prints", file.read() == printed, "run ci/schema")
schema = json.loads(printed)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

# --- What is shipped -----------------------------------------------------------------------------

scenarios = [path for path in glob.glob("scenarios/*.json") if not path.endswith("/schema.json")]
scenarios += glob.glob("fixtures/finds/scenarios/*.json")
plans = glob.glob("fixtures/finds/plans/*.json") + glob.glob("fixtures/regressions/*.json")
check("there are scenarios and plans", len(scenarios) >= 8 and len(plans) >= 6)
for path in sorted(scenarios + plans):
    with open(path, encoding="utf-8") as file:
        text = json.load(file)
    errors = [error.message for error in validator.iter_errors(text["scenario"] if path in plans else text)]
    check(f"{path} is valid", not errors, "; ".join(errors)[:300])

# --- Durations -----------------------------------------------------------------------------------


def duration_us(text):
    number, unit = re.fullmatch(r"(-?[0-9]+)([a-z]+)", text).groups()
    return int(number) * UNITS[unit]


def range_of(name):
    """duration_10ms_60s: the ends of the range that a definition is named after."""
    return tuple(duration_us(end) for end in name.split("_")[1:])


rng = random.Random(1)
for name, definition in schema["$defs"].items():
    if not name.startswith("duration_"):
        continue
    low, high = range_of(name)
    pattern = re.compile(definition["pattern"])
    wrong = []
    for unit, us in UNITS.items():
        near = [end // us + by for end in (low, high, 0) for by in (-2, -1, 0, 1, 2)]
        near += [rng.randint(-(10**digits), 10**digits) for digits in range(1, 12) for _ in range(40)]
        for number in near:
            text = f"{number}{unit}"
            if (pattern.search(text) is not None) != (low <= number * us <= high):
                wrong.append(text)
    for text in ("", "5", "s", "1.5s", " 5s", "5 s", "5S", "1e3s", "--5s", f"{high}us0"):
        if pattern.search(text):
            wrong.append(text)
    check(f"the pattern of {name} takes its range", not wrong, ", ".join(wrong[:5]))

# --- Every field, at the ends of its range and beyond --------------------------------------------


def resolve(node):
    """The node's own keywords, and the definition that it refers to, by its name."""
    name = None
    while "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        target = schema
        for step in node["$ref"].split("/")[1:]:
            target = target[step]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node, name


def as_text(us):
    return f"{us // 10**6}s" if us % 10**6 == 0 else f"{us}us"


def values_of(node):
    """What is taken and what is refused of a leaf: None if it has no range."""
    node, name = resolve(node)
    if node.get("type") == "integer":
        low, high, say, pair = node["minimum"], node["maximum"], int, False
    elif name is not None and name.startswith("duration_"):
        low, high, say, pair = *range_of(name), as_text, False
    elif name is not None and name.startswith("durations_"):
        low, high, say, pair = *range_of(name), as_text, True
    elif name is not None and name.startswith("integers_"):
        low, high, say, pair = *(int(end) for end in name.split("_")[1:]), int, True
    else:
        return None
    good, bad = [say(low), say(high)], [say(low - 1), say(high + 1), None, {}]
    if pair:
        good.append([say(low), say(high)])
        bad += [[say(low), say(high + 1)], [say(low - 1), say(high)], [say(low)], []]
    return good, bad


BASE = {
    "name": "t",
    "clients": 1000000,
    "rooms": 1,
    "membersPerRoom": 1,
    "nodes": 2,
    "duration": "720h",
    "workload": {"corpus": "corpus.txt"},
}
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "corpus.txt"), "w", encoding="utf-8") as file:
    file.write("hello\n")


def program_takes(scenario):
    """It is asked for a node that the scenario does not have: what it complains of tells whether it
    took the scenario, without running it."""
    path = os.path.join(folder, "scenario.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(scenario, out)
    ran = subprocess.run(
        [PROGRAM, "run", path, "--record-node", "63", "--out", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 2:
        sys.exit(f"test_schema.py: exit code {ran.returncode}: {ran.stderr}")
    if ": expected at least " in ran.stderr:
        return True  # each value is one that may be said; whether they fit one another, no schema tells
    return ran.stderr.startswith("hubbub run: --record-node: ") or "--record-node: expected" in ran.stderr


def put(scenario, path, value):
    at = scenario
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value


def leaves(node, path, base):
    """(path, node, base) of each leaf below; base: a valid scenario in which the path's object is."""
    node, _ = resolve(node)
    for word, child in node.get("properties", {}).items():
        inner, _ = resolve(child)
        if inner.get("type") == "object":
            below = copy.deepcopy(base)
            at = below
            for step in path:
                at = at[step]
            at.setdefault(word, {})
            yield from leaves(child, path + [word], below)
        else:
            yield path + [word], child, base


def fault_leaves():
    kinds = resolve(schema["$defs"]["form"]["properties"]["faults"])[0]["items"]["oneOf"]
    valid = {"at": "1s", "for": "1s", "amount": "1s", "ppm": 5, "permille": 5, "every": "1s", "away": "1s"}
    for kind in kinds:
        fault = {word: valid[word] for word in kind["required"] if word != "kind"}
        fault["kind"] = kind["properties"]["kind"]["const"]
        base = {**copy.deepcopy(BASE), "faults": [fault]}
        for word, child in kind["properties"].items():
            yield ["faults", 0, word], child, base


# Beyond a single field: the other one must give way.
OTHERS = {"redisBackoffMin": "redisBackoffMax", "backoffMin": "backoffMax"}
OTHERS.update({value: key for key, value in OTHERS.items()})
BEYOND_A_SCHEMA = [  # fewer posters than clients, and a node 63 that is there
    ("posters", 1000000),
    ("nodes", 64),
]

seen = 0
for path, node, base in [*leaves(schema, [], BASE), *fault_leaves()]:
    values = values_of(node)
    if values is None:
        continue
    seen += 1
    told = ".".join(str(step) for step in path)
    if path[0] == "faults":
        told = base["faults"][0]["kind"] + "." + path[2]
    differ = []
    for should, value in [(True, value) for value in values[0]] + [(False, value) for value in values[1]]:
        scenario = copy.deepcopy(base)
        put(scenario, path, value)
        if should and path[-1] in OTHERS:
            if isinstance(value, list):
                continue
            put(scenario, path[:-1] + [OTHERS[path[-1]]], value)
        if validator.is_valid(scenario) != should:
            differ.append(f"schema at {value}")
        ask = value not in (None, {}, []) and (path[-1], value) not in BEYOND_A_SCHEMA
        if ask and program_takes(scenario) != should:
            differ.append(f"program at {value}")
    check(f"{told}: its range is the program's", not differ, "; ".join(differ))
check("there are fields with ranges", seen >= 80, str(seen))

# --- What no schema of ours may take -------------------------------------------------------------

crash = {"kind": "node_crash", "at": "1s", "for": "1s"}
for told, change in {
    "an unknown field": {"moon": 1},
    "an unknown parameter": {"server": {"moon": 1}},
    "a parameter of the other side": {"client": {"announce": "1s"}},
    "no corpus": {"workload": {"send": {"every": "1s"}}},
    "an unknown fault": {"faults": [{**crash, "kind": "quake"}]},
    "what people do as a fault": {"faults": [{"kind": "send", "every": "1s"}]},
    "a fault without its time": {"faults": [{"kind": "node_crash", "at": "1s"}]},
    "a moment that lasts": {"faults": [{"kind": "clock_jump", "at": "1s", "amount": "1s", "for": "1s"}]},
    "an amount of a fault that has none": {"faults": [{**crash, "amount": "1s"}]},
    "all nodes of what hits none": {
        "faults": [{"kind": "redis_restart", "at": "1s", "for": "1s", "nodes": "all"}]
    },
    "a count beside all nodes": {"faults": [{**crash, "nodes": "all", "count": 2}]},
    "sixty-five faults": {"faults": [crash] * 65},
    "a reach that nothing is called": {"mustReach": ["the moon"]},
    "a small form in the small form": {"small": {"small": {}}},
    "a bad small form": {"small": {"nodes": 0}},
    "no name": {"name": ""},
    "a long name": {"name": "n" * 64},
}.items():
    scenario = {**copy.deepcopy(BASE), **change}
    good = validator.is_valid(scenario) or program_takes(scenario)
    check(f"{told} is refused", not good)

sys.exit(1 if failed else 0)
