"""Evidence on generated motions never trained on, where the truth of every word is known."""

from __future__ import annotations

from typing import Any

from ..features import FRAMES_PER_PATCH
from ..skeleton import LEFT_ARM, LEFT_LEG, PART_NAMES, RIGHT_ARM, RIGHT_LEG
from .encoders import PARTS, motion_of
from .intervals import interval
from .scoring import Score

#: Seeds from here on are for evaluation; training takes those from 0.
FIRST_SEED = 1_000_000


def generated_figures(encoder: Any, score: Score, count: int = 200, first_seed: int = FIRST_SEED) -> dict[str, Any]:
    """limb: words that only one arm or one leg carries, share whose strongest patch lies in that limb. part: every known word.
    time: words of motions with several actions, share whose strongest patch overlaps the action by at least half a patch.
    """
    from ..generator import generate

    encoder = getattr(encoder, "inner", encoder)
    index = {name: i for i, name in enumerate(PART_NAMES)}
    limbs = [set(x) for x in (LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG)]
    limb: list[float] = []
    part: list[float] = []
    time: list[float] = []
    for seed in range(first_seed, first_seed + count):
        g = generate(seed)
        motion = motion_of(encoder, g.joints)
        spans = {tuple(w.frames) for c in g.captions for w in c.words}
        for c in g.captions[:2]:
            vectors = encoder.text(c.text)
            strongest = score.grid(vectors, motion).argmax(1)
            for w in c.words:
                wanted = {index[p] for p in w.parts}
                for (a, b), best in zip(vectors.chars, strongest, strict=True):
                    if not (w.chars[0] <= a and b <= w.chars[1]):
                        continue
                    hit = float(int(best) % PARTS in wanted)
                    part.append(hit)
                    if wanted in limbs:
                        limb.append(hit)
                    if len(spans) > 1:
                        t0 = int(best) // PARTS * FRAMES_PER_PATCH
                        t1 = min(t0 + FRAMES_PER_PATCH, len(g.joints))
                        overlap = min(t1, w.frames[1]) - max(t0, w.frames[0])
                        time.append(float(overlap >= (t1 - t0) / 2))
    return {"limb": interval(limb), "part": interval(part), "time": interval(time), "motions": count}
