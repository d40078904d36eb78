"""A second judge, written from docs/reference/rules.md alone. Nothing of the package is imported here: that is the point.

Section numbers are those of the page. Slow and plain on purpose.
"""

import math
from collections import defaultdict
from xml.etree import ElementTree

import numpy as np

REASONS = ("differs_from_audit", "differs_from_consensus", "undecided", "agrees")
WORDS = {"left": 0, "right": 1, "tie": 2}
TRUSTS = (0.5, 1, 2, 4, 8, 16, 32)
PARTS = np.array([0, 0.25, 0.5, 0.75, 1])
THRESHOLD = math.log(9)


def bps(share):
    """Section 1. Python rounds halves to even."""
    return min(10_000, max(0, round(10_000 * share)))


def softmax(logs):
    odds = np.exp(logs - np.max(logs, axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


# -- section 2: label/1


def controls(config):
    """Section 2.1: (name, words, several) of each control."""
    found = []
    for element in ElementTree.fromstring(config).iter():
        if element.tag == "Choices":
            words = [choice.get("alias", choice.get("value")) for choice in element.iter("Choice")]
            found.append((element.get("name"), words, element.get("choice") == "multiple"))
        elif element.tag == "Rating":
            most = int(element.get("maxRating", "5"))
            found.append((element.get("name"), [str(stars) for stars in range(1, most + 1)], False))
        elif element.tag == "Pairwise":
            found.append((element.get("name"), ["left", "right"], False))
    return found


def label(spec, answers):
    """Return for each (account, task, answer) a dict: accepted, score, reason."""
    parts = [[] for _ in answers]
    for name, words, several in controls(spec["config"]):
        held = [(place, *each) for place, each in enumerate(answers) if name in each[2]]
        if several:
            questions = [
                (2, [(place, w, t, int(word in answer[name])) for place, w, t, answer in held]) for word in words
            ]
        else:
            questions = [(len(words), [(place, w, t, words.index(str(answer[name]))) for place, w, t, answer in held])]
        for classes, votes in questions:
            for (place, *_), verdict in zip(votes, question(classes, votes), strict=True):
                parts[place].append(verdict)
    return [
        {
            "accepted": all(accepted for accepted, _, _ in each),
            "score": min(score for _, score, _ in each),
            "reason": min((reason for _, _, reason in each), key=REASONS.index),
        }
        for each in parts
    ]


def question(classes, votes):
    """Sections 2.3 and 2.4: (accepted, score, reason) of each vote (place, account, task, class)."""
    if classes == 1 or not votes:
        return [(True, 10_000, "agrees")] * len(votes)
    tasks = {t: n for n, t in enumerate(sorted({t for _, _, t, _ in votes}))}
    workers = {w: n for n, w in enumerate(sorted({w for _, w, _, _ in votes}))}
    w = np.array([workers[each[1]] for each in votes])
    t = np.array([tasks[each[2]] for each in votes])
    y = np.array([each[3] for each in votes])
    p = np.zeros((len(tasks), classes))
    np.add.at(p, (t, y), 1)
    p = on_grid(p / p.sum(axis=1, keepdims=True))

    def step():
        c = np.tile(0.5 + np.eye(classes), (len(workers), 1, 1))
        np.add.at(c, (w, y), p[t])
        s = 1 + p.sum(axis=0)
        return np.log(c / c.sum(axis=1, keepdims=True)), np.log(s / s.sum())

    def beliefs(logs, base):
        total = np.tile(base, (len(tasks), 1))
        np.add.at(total, t, logs[w, y])
        return total

    for _ in range(60):
        new = on_grid(softmax(beliefs(*step())))
        change = np.abs(new - p).max()
        p = new
        if change < 1e-4:
            break
    logs, base = step()
    q = softmax(beliefs(logs, base)[t] - logs[w, y])
    return [verdict(row, said) for row, said in zip(q.tolist(), y.tolist(), strict=True)]


def on_grid(p):
    """Section 2.3: the nearest multiple of 2^-32, half to even."""
    return np.rint(p * 2**32) / 2**32


def verdict(q, y):
    """Section 2.4."""
    best = max(q)
    if q[y] >= best - 1e-9:
        return True, bps(q[y]), "agrees"
    return (True, bps(q[y]), "undecided") if best < 0.8 else (False, bps(q[y]), "differs_from_consensus")


# -- section 3: rank/1


def rank(spec, answers, recorded=None, counted=None):
    """Return (verdicts, decisions, board) of (account, public, answer) votes.

    recorded: {account: (word, statistic)}.
    counted: which votes are recorded as accepted, followed in ties. Raises ValueError for a word that section 3.5 does not allow.
    """
    if not answers:
        return [], [], []
    models = len(spec["models"])
    names = sorted({account for account, _, _ in answers})
    w = np.array([names.index(account) for account, _, _ in answers])
    left = np.array([public["left"] for _, public, _ in answers])
    right = np.array([public["right"] for _, public, _ in answers])
    z = np.array([WORDS[answer["winner"]] for _, _, answer in answers])
    f, g = np.minimum(left, right), np.maximum(left, right)
    swapped = left > right
    y = np.where(swapped & (z < 2), 1 - z, z)
    x = list(zip([public["prompt"] for _, public, _ in answers], f.tolist(), g.tolist(), strict=True))
    at = np.arange(len(w))
    u = np.ones(len(w))
    for _ in range(3):
        prediction = predicted(w, f, g, y, x, u, models)
        shown = np.where(swapped[:, None], prediction[:, [1, 0, 2]], prediction)
        gain = gains(shown, z, w, u, len(names))
        statistic, part = evidence(gain, w, len(names))
        u = 1 / (1 + np.exp(-np.clip(statistic, -50, 50)))[w]
    words = [word_of(each) for each in statistic]
    if recorded is not None:
        words = [taken(*recorded[name], own) for name, own in zip(names, statistic, strict=True)]
    verdicts = []
    for v in at:
        word = words[w[v]]
        if word == "each":
            over = part[v] * gain[v] - (1 - part[v]) + 1e-9
            counts = bool(over >= 0) if counted is None or abs(over) > 1e-9 else counted[v]
            reason = "vote_supported" if counts else "vote_unsupported"
        else:
            counts = word == "accept"
            reason = "voter_accepted" if counts else "voter_refused"
        verdicts.append({"accepted": counts, "score": bps(prediction[v, y[v]]), "reason": reason})
    decisions = list(zip(names, words, statistic.tolist(), strict=True))
    kept = np.array([each["accepted"] for each in verdicts])
    return verdicts, decisions, board(spec["models"], f[kept], g[kept], y[kept])


def word_of(statistic):
    return "accept" if statistic >= THRESHOLD else "refuse" if statistic <= -THRESHOLD else "each"


def taken(word, said, own):
    """Section 3.5, second paragraph."""
    possible = {
        "accept": own >= THRESHOLD - 1e-6,
        "refuse": own <= -THRESHOLD + 1e-6,
        "each": abs(own) <= THRESHOLD + 1e-6,
    }
    if abs(said - own) > 1e-6 or not possible[word]:
        raise ValueError(f"{word} with {said} recorded, {word_of(own)} with {own} found")
    return word


def chances(parameters, f, g):
    half = (parameters[..., f] - parameters[..., g]) / 2
    return softmax(np.stack([half, -half, np.broadcast_to(parameters[..., -1], half.shape)], axis=-1))


def slopes(parameters, f, g, y, u):
    """Section 3.3: gradient and negative Hessian of the votes, without the prior."""
    size = len(parameters)
    last = np.full(len(f), size - 1)
    a, b, c = chances(parameters, f, g).T
    gradient, bend = np.zeros(size), np.zeros((size, size))
    pull = 0.5 * u * ((y == 0) * 1.0 - (y == 1) - a + b)
    np.add.at(gradient, f, pull)
    np.add.at(gradient, g, -pull)
    np.add.at(gradient, last, u * ((y == 2) - c))
    k = 0.25 * u * (a + b - (a - b) ** 2)
    cross = -0.5 * u * (a - b) * c
    for i, j, value in (
        (f, f, k),
        (g, g, k),
        (f, g, -k),
        (g, f, -k),
        (f, last, cross),
        (last, f, cross),
        (g, last, -cross),
        (last, g, -cross),
        (last, last, u * c * (1 - c)),
    ):
        np.add.at(bend, (i, j), value)
    return gradient, bend


def climbed(start, slope):
    """The optimum by Newton; slope(point) gives gradient and negative Hessian, prior included."""
    point = start.copy()
    for _ in range(200):
        step = np.linalg.solve(*reversed(slope(point)))
        largest = np.abs(step).max()
        point += step * min(1, 3 / largest) if largest > 0 else 0
        if largest < 1e-11:
            break
    return point


def predicted(w, f, g, y, x, u, models):  # noqa: PLR0917 the page's own letters  # noqa: PLR0917 the page's own letters
    """Section 3.3: (V, 3)."""

    def whole(point):
        gradient, bend = slopes(point, f, g, y, u)
        return gradient - point, bend + np.eye(models + 1)

    best = climbed(np.zeros(models + 1), whole)
    _, full = whole(best)
    m = np.empty((len(w), 3))
    for each in set(w.tolist()):
        own = w == each
        gradient, bend = slopes(best, f[own], g[own], y[own], u[own])
        m[own] = chances(best - np.linalg.solve(full - bend, gradient), f[own], g[own])
    there = defaultdict(list)
    for v, comparison in enumerate(x):
        there[comparison].append(v)
    o = np.zeros((len(w), 3))
    for v, comparison in enumerate(x):
        for other in there[comparison]:
            if w[other] != w[v]:
                o[v, y[other]] += u[other]
    at = np.arange(len(w))
    mixed = [(r * m + o) / (r + o.sum(axis=1, keepdims=True)) for r in TRUSTS]
    return mixed[int(np.argmax([(u * np.log(each[at, y])).sum() for each in mixed]))]


def gains(shown, z, w, u, accounts):
    """Section 3.4."""
    e = (u[:, None] * shown).sum(axis=0) / u.sum()
    own = np.zeros((accounts, 3))
    np.add.at(own, w, shown)
    base = (own + 20 * e) / (np.bincount(w, minlength=accounts) + 20)[:, None]
    return shown[np.arange(len(w)), z] / base[w, z]


def evidence(gain, w, accounts):
    """Section 3.4: statistic of each account, part of the other votes for each vote."""
    each = np.log(np.maximum(1 + PARTS * (gain[:, None] - 1), 1e-9))
    total = np.zeros((accounts, 5))
    np.add.at(total, w, each)
    c = np.array([1 / 2, 1 / 8, 1 / 8, 1 / 8, 1 / 8])
    for _ in range(200):
        d = (softmax(total + np.log(c)).sum(axis=0) + 0.5) / (accounts + 2.5)
        c = d if d[0] <= 0.5 else np.concatenate([[0.5], d[1:] / d[1:].sum() / 2])
    after = total + np.log(c)
    return np.logaddexp.reduce(after[:, 1:], axis=1) - after[:, 0], softmax(after[w] - each) @ PARTS


def board(names, f, g, y):
    """Section 3.6."""
    if not len(f):
        return []
    size = len(names)
    wins, ties = np.zeros((size, size)), np.zeros((size, size))
    np.add.at(wins, (f[y == 0], g[y == 0]), 1)
    np.add.at(wins, (g[y == 1], f[y == 1]), 1)
    np.add.at(ties, (f[y == 2], g[y == 2]), 1)
    ties += ties.T
    x = strengths(wins + ties / 2, np.zeros(size))
    again = np.sort([strengths(redrawn(wins, ties, b), x) for b in range(100)], axis=0)
    low = again[2] + 0.475 * (again[3] - again[2])
    high = again[96] + 0.525 * (again[97] - again[96])
    votes = (wins + wins.T + ties).sum(axis=1)
    return [
        {
            "high": milli(high[i]),
            "low": milli(low[i]),
            "model": name,
            "rank": 1 + int((low > high[i]).sum()),
            "score": milli(x[i]),
            "votes": int(votes[i]),
        }
        for i, name in enumerate(names)
    ]


def milli(x):
    return round(1000 * (1000 + 400 * x / math.log(10)))


def strengths(q, start):
    def slope(point):
        p = 1 / (1 + np.exp(point[None, :] - point[:, None]))
        games = q + q.T
        bend = games * p * (1 - p)
        return (q - games * p).sum(axis=1) - 0.01 * point, np.diag(bend.sum(axis=1) + 0.01) - bend

    point = climbed(start, slope)
    return point - point.mean()


def redrawn(wins, ties, b):
    size = len(wins)
    q = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1, size):
            if not (ties[i, j] or wins[i, j] or wins[j, i]):
                continue
            a = 3 * (i * size + j)
            half = draw(ties[i, j], b, a) / 2
            q[i, j] = draw(wins[i, j], b, a + 1) + half
            q[j, i] = draw(wins[j, i], b, a + 2) + half
    return q


WORD = (1 << 64) - 1


def scrambled(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def mix(a, b):
    return scrambled((scrambled(((a + 1) * 0x9E3779B97F4A7C15) & WORD) + b * 0xD1B54A32D192ED03) & WORD)


def draw(mean, b, a):
    total, c = 0, 0
    while mean > 0:
        piece = min(mean, 256)
        mean -= piece
        u = ((mix(1_000_003 + b, 4096 * a + c) >> 11) + 0.5) * 2.0**-53
        n, term = 0, math.exp(-piece)
        below = term
        while u > below and n < 1200:
            n += 1
            term *= piece / n
            below += term
        total, c = total + n, c + 1
    return total


def same_board(mine, recorded, tolerance=2):
    """Section 1: whether a recorded board is one that the page allows beside ours."""
    if [(line["model"], line["votes"]) for line in mine] != [(line["model"], line["votes"]) for line in recorded]:
        return False
    for ours, given in zip(mine, recorded, strict=True):
        if any(abs(ours[name] - given[name]) > tolerance for name in ("high", "low", "score")):
            return False
        least = 1 + sum(line["low"] - tolerance > ours["high"] + tolerance for line in mine)
        most = 1 + sum(line["low"] + tolerance > ours["high"] - tolerance for line in mine if line is not ours)
        if ours["rank"] != given["rank"] and not least <= given["rank"] <= most:
            return False
    return True
