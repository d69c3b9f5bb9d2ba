"""Gestures: hands near the body, in the air or on it. Hand places are metres from the upper chest (out, up, forward)."""

from __future__ import annotations

from . import timeline as tl
from .catalogue import Kind
from .script import Action
from .timeline import Timeline
from .writer import Gesture, Hand, Writer

_RAISED = (0.9, 0.9, 2.0, 0.2)
_WIDE = (1.4, 1.4, 0.3, 0.2)


def shrug(t: Timeline, a: Action, start: int) -> int:
    """Forearms out with open hands, head to one side, down again."""
    w = Writer(t, a, start)
    at = [0, 6, 14, 22]
    out = (w.rng.uniform(0.25, 0.5), w.rng.uniform(0.9, 1.3), w.rng.uniform(1.3, 1.7), w.rng.uniform(0.5, 0.9))
    w.arms(at, [(0.3, 0.9, 0.6, 0.0), out, out, (0.3, 0.9, 0.5, 0.0)])
    w.body(tl.HEAD_ROLL, at, [0, 0.2, 0.2, 0])
    w.body(tl.SPINE_PITCH, at, [0, -0.06, -0.06, 0])
    return w.length(22)


def cross_arms(t: Timeline, a: Action, start: int) -> int:
    """Forearms folded before the chest and held."""
    w = Writer(t, a, start)
    hold = w.rng.uniform(22, 45)
    at = [0, 9, 9 + hold, 18 + hold]
    over = int(w.rng.integers(2))
    for side in (0, 1):
        p = (w.rng.uniform(-0.13, -0.07), w.rng.uniform(-0.06, 0.02) + (0.05 if side == over else -0.02), w.rng.uniform(0.2, 0.26))
        w.hand(side, at, [p] * 4, 9, 9, elbow=(0.35, 0.45, 1.75, -0.95))
    return w.length(18 + hold)


def hands_on_hips(t: Timeline, a: Action, start: int) -> int:
    """Hands to the hips, elbows out, held."""
    w = Writer(t, a, start)
    hold = w.rng.uniform(22, 45)
    at = [0, 9, 9 + hold, 18 + hold]
    for side in (0, 1) if a.side is None else (w.near,):
        w.arm(side, at, [(0.75, 1.75, 1.75, -1.05)] * 4, 9, 9)
    return w.length(18 + hold)


def beckon(t: Timeline, a: Action, start: int) -> int:
    """The forearm goes out and folds in, again and again."""
    w = Writer(t, a, start)
    times = [0.0, 8.0]
    out, close = (0.95, 0.3, 0.5, 0.0), (0.75, 0.3, 1.9, 0.0)
    poses = [(0.4, 0.4, 0.8, 0.0), out]
    for _ in range(int(w.rng.integers(2, 5))):
        times += [times[-1] + 6, times[-1] + 12]
        poses += [close, out]
    times.append(times[-1] + 9)
    poses.append((0.3, 0.4, 0.6, 0.0))
    w.arm(w.near, times, poses, 7, 8)
    return w.length(times[-1])


def cough(t: Timeline, a: Action, start: int) -> int:
    """A hand before the mouth, the trunk jerks forward a few times."""
    w = Writer(t, a, start)
    times, jerk = [0.0, 8.0], [0.0, 0.15]
    for _ in range(int(w.rng.integers(2, 4))):
        times += [times[-1] + 3, times[-1] + 8]
        jerk += [0.5, 0.15]
    times.append(times[-1] + 10)
    jerk.append(0.0)
    w.hand(w.near, times, [(-0.02, 0.16, 0.2)] * len(times), 7, 8, elbow=_RAISED)
    w.body(tl.SPINE_PITCH, times, jerk)
    w.body(tl.HEAD_PITCH, times, [0.6 * v for v in jerk])
    w.body(tl.PELVIS_PITCH, times, [0.3 * v for v in jerk])
    return w.length(times[-1])


def hug(t: Timeline, a: Action, start: int) -> int:
    """Both arms open wide and close around somebody."""
    w = Writer(t, a, start)
    at = [0, 9, 18, 34, 44]
    for side in (0, 1):
        w.hand(side, at, [(0.4, 0.0, 0.15), (0.5, 0.05, 0.2), (-0.02, 0.02, 0.32), (-0.02, 0.02, 0.32), (0.25, -0.2, 0.2)], 7, 9,
               elbow=(1.0, 0.9, 0.9, -0.5))  # fmt: skip
    w.body(tl.SPINE_PITCH, at, [0, -0.05, 0.22, 0.22, 0])
    return w.length(44)


def cheer(t: Timeline, a: Action, start: int) -> int:
    """Arms thrown up, shaken, perhaps with little jumps."""
    w = Writer(t, a, start)
    pumps = int(w.rng.integers(2, 5))
    times, poses = [0.0, 7.0], [(0.6, 1.0, 1.4, 0.0), (2.7, 0.9, 0.3, 0.2)]
    bounce = [0.0, 0.0]
    for _ in range(pumps):
        times += [times[-1] + 4, times[-1] + 8]
        poses += [(2.2, 1.0, 1.1, 0.2), (2.75, 0.9, 0.2, 0.2)]
        bounce += [-0.09, 0.0]
    times.append(times[-1] + 10)
    poses.append((0.4, 1.0, 0.5, 0.0))
    bounce.append(0.0)
    w.arms(times, poses, 6, 9)
    w.body(tl.DY, times, bounce)
    w.body(tl.SPINE_PITCH, [0, 7, times[-1] - 8, times[-1]], [0, -0.12, -0.12, 0])
    return w.length(times[-1])


def back_and_forth(t: Timeline, a: Action, start: int) -> int:
    """Hanging arms swung to and fro, together or in turn."""
    w = Writer(t, a, start)
    together = w.rng.random() < 0.5
    swings = int(w.rng.integers(3, 6))
    for side in (0, 1) if a.side is None else (w.near,):
        flip = 1 if together or side == 0 else -1
        times, poses = [0.0], [(0.1, 0.1, 0.2, 0.0)]
        for i in range(2 * swings):
            times.append(times[-1] + 8)
            ahead = (i % 2 == 0) == (flip > 0)
            poses.append((w.rng.uniform(1.0, 1.4), 0.1, 0.2, 0.0) if ahead else (-0.65, 0.1, 0.2, 0.0))
        times.append(times[-1] + 8)
        poses.append((0.15, 0.3, 0.2, 0.0))
        w.arm(side, times, poses, 5, 7)
    return w.length(times[-1])


def stretch_side(t: Timeline, a: Action, start: int) -> int:
    """The named arm over the head, the trunk bent to the other side."""
    w = Writer(t, a, start)
    hold = w.rng.uniform(8, 20)
    at = [0, 13, 13 + hold, 26 + hold]
    w.arm(w.near, at, [(0.6, 1.4, 0.5, 0.1), (2.9, 1.2, 0.5, 0.2), (2.95, 1.2, 0.5, 0.2), (0.5, 1.4, 0.4, 0.0)], 9, 9)
    w.arm(w.far, at, [(0.75, 1.75, 1.75, -1.05)] * 4, 9, 9)
    w.body(tl.SPINE_ROLL, at, [0, 0.6, 0.65, 0])
    w.body(tl.PELVIS_ROLL, at, [0, 0.1, 0.1, 0])
    return w.length(26 + hold)


def stretch_arm(t: Timeline, a: Action, start: int) -> int:
    """The named arm across the chest, pulled in by the other hand."""
    w = Writer(t, a, start)
    hold = w.rng.uniform(14, 30)
    at = [0, 11, 11 + hold, 22 + hold]
    w.arm(w.near, at, [(1.3, -0.8, 0.2, -0.2)] * 4, 10, 10)
    w.hand(w.far, at, [(-0.05, 0.06, 0.24)] * 4, 10, 10, elbow=(0.6, 0.3, 1.9, -0.6))
    w.body(tl.SPINE_YAW, at, [0, -0.15, -0.15, 0])
    return w.length(22 + hold)


_TALK = Gesture(Hand((0.2, -0.12, 0.3), (0.08, 0.1, 0.05), (0.05, 0.03, 0.05)),
                Hand((0.2, -0.14, 0.28), (0.07, 0.06, 0.05), (0.06, 0.06, 0.03), 0.37), (16, 26), (3, 5),
                sway={tl.HEAD_YAW: (0.15, 0.1), tl.HEAD_PITCH: (0.05, 0.06)})  # fmt: skip
_PRAY = Gesture(Hand((0.03, -0.02, 0.22), (0.0, 0.01, 0.0)), None, (30, 50), (1, 2), {tl.HEAD_PITCH: 0.35, tl.SPINE_PITCH: 0.1})
_RUB = Gesture(Hand((0.03, -0.12, 0.3), (0.0, 0.04, 0.05)), Hand((0.03, -0.12, 0.3), (0.0, 0.04, 0.05), phase=0.5), (7, 10), (4, 8),
               {tl.HEAD_PITCH: 0.2})  # fmt: skip
_SHIVER = Gesture(Hand((-0.1, 0.02, 0.2), (0.012, 0.02, 0.0)), Hand((-0.1, -0.03, 0.23), (0.012, 0.02, 0.0), phase=0.4), (3.6, 4.6), (8, 14),
                  {tl.SPINE_PITCH: 0.25, tl.HEAD_PITCH: 0.15, tl.DY: -0.03}, {tl.SPINE_YAW: (0.035, 0.0), tl.DY: (0.006, 0.0)})  # fmt: skip
_FLAP = Gesture(Hand((0.55, 0.12, 0.05), (0.0, 0.26, 0.0), elbow=_WIDE), None, (11, 18), (3, 6), sway={tl.DY: (-0.015, 0.0)})
_CHICKEN = Gesture(Hand((0.13, 0.02, 0.12), (0.06, 0.07, 0.0), elbow=(0.9, 1.5, 2.4, -0.6)), None, (8, 11), (4, 7),
                   {tl.DY: -0.08}, {tl.DY: (0.03, 0.0)})  # fmt: skip
_PHONE = Gesture(Hand((0.13, 0.26, 0.1), (0.005, 0.005, 0.0), elbow=_RAISED), None, (30, 45), (1, 2), {tl.HEAD_ROLL: -0.12},
                 {tl.HEAD_YAW: (0.12, 0.0)})  # fmt: skip
_THINK = Gesture(Hand((-0.01, 0.12, 0.2), (0.0, 0.01, 0.01), elbow=(0.6, 0.5, 2.2, -0.4)), Hand((-0.1, -0.14, 0.22)), (28, 40), (1, 2),
                 {tl.HEAD_PITCH: 0.12})  # fmt: skip
_WATCH = Gesture(Hand((-0.03, 0.0, 0.27), elbow=(0.7, 0.6, 1.8, -0.6)), None, (20, 30), (1, 1), {tl.HEAD_PITCH: 0.4, tl.HEAD_YAW: 0.15})
_CRY = Gesture(Hand((0.05, 0.26, 0.17), (0.0, 0.015, 0.0), elbow=_RAISED), None, (9, 14), (3, 5), {tl.HEAD_PITCH: 0.5, tl.SPINE_PITCH: 0.25},
               {tl.SPINE_PITCH: (0.05, 0.0)})  # fmt: skip
_STOP = Gesture(Hand((0.12, 0.14, 0.5), (0.0, 0.0, 0.01), elbow=(1.4, 0.1, 0.3, 0.0)), None, (25, 35), (1, 1))
_SHIELD = Gesture(Hand((0.02, 0.3, 0.25), (0.0, 0.01, 0.0), elbow=(1.3, 0.6, 2.0, -0.2)), None, (25, 35), (1, 1),
                  {tl.SPINE_PITCH: 0.2, tl.HEAD_PITCH: 0.3, tl.DY: -0.08})  # fmt: skip
_NO = Gesture(Hand((0.25, -0.02, 0.38), (0.16, 0.0, 0.0), elbow=(0.9, 0.5, 1.0, 0.3)), None, (10, 14), (2, 4), sway={tl.HEAD_YAW: (0.25, 0.0)})
_COUNT = Gesture(Hand((0.1, 0.0, 0.32), (0.03, 0.05, 0.02)), Hand((0.02, -0.02, 0.3), (0.02, 0.0, 0.02)), (12, 16), (3, 4), {tl.HEAD_PITCH: 0.25})
_SHAKE = Gesture(Hand((0.24, -0.3, 0.18), (0.04, 0.03, 0.02), (0.0, 0.03, 0.0)), None, (4.5, 6.0), (7, 12))
_ROLL_ARMS = Gesture(Hand((-0.02, 0.0, 0.28), (0.0, 0.1, 0.0), (0.0, 0.0, 0.1)), Hand((-0.02, 0.0, 0.28), (0.0, 0.1, 0.0), (0.0, 0.0, 0.1), 0.5),
                     (10, 14), (3, 6))  # fmt: skip
_HANDSHAKE = Gesture(Hand((0.08, -0.12, 0.42), (0.0, 0.05, 0.0)), None, (8, 11), (2, 4), {tl.SPINE_PITCH: 0.1})
_PET = Gesture(Hand((0.05, -0.22, 0.42), (0.08, 0.0, 0.07)), None, (14, 18), (3, 5), {tl.SPINE_PITCH: 0.3, tl.HEAD_PITCH: 0.2})
_TWIST = Gesture(Hand((0.32, 0.0, 0.22), elbow=(1.2, 1.1, 1.3, -0.4)), None, (18, 26), (2, 4), {},
                 {tl.SPINE_YAW: (0.75, 0.0), tl.HEAD_YAW: (0.2, 0.0)})  # fmt: skip
_HIPS = Gesture(Hand((0.2, -0.36, 0.02), elbow=(0.75, 1.75, 1.75, -1.05)), None, (18, 26), (2, 4), {},
                {tl.SHIFT_LEFT: (0.08, 0.0), tl.SHIFT_FWD: (0.0, 0.07), tl.SPINE_ROLL: (0.2, 0.0), tl.SPINE_PITCH: (0.0, -0.15)})  # fmt: skip
_LAUGH = Gesture(Hand((0.02, -0.22, 0.16), (0.0, 0.015, 0.01)), None, (5, 8), (7, 12), {tl.SPINE_PITCH: 0.3, tl.HEAD_PITCH: -0.15, tl.PELVIS_PITCH: 0.1},
                 {tl.SPINE_PITCH: (0.07, 0.0), tl.DY: (0.012, 0.0)})  # fmt: skip
_YAWN = Gesture(Hand((0.0, 0.16, 0.19), (0.0, 0.01, 0.0), elbow=_RAISED), Hand((0.45, 0.4, 0.0), (0.02, 0.05, 0.0), elbow=(2.2, 1.4, 1.0, 0.2)), (24, 34), (1, 1),
                {tl.HEAD_PITCH: -0.25, tl.SPINE_PITCH: -0.12})  # fmt: skip
_TRAFFIC = Gesture(Hand((0.4, 0.14, 0.2), (0.0, 0.0, 0.1), (-0.22, 0.06, 0.1), elbow=(1.5, 1.2, 0.6, 0.1)), Hand((0.4, 0.14, 0.2), (0.0, 0.0, 0.1), (-0.22, 0.06, 0.1), phase=0.5, elbow=(1.5, 1.2, 0.6, 0.1)),
                   (24, 34), (2, 3), {}, {tl.HEAD_YAW: (0.35, 0.0), tl.SPINE_YAW: (0.12, 0.0)})  # fmt: skip
_NECK_ROLL = Gesture(None, None, (28, 40), (1, 3), {}, {tl.HEAD_ROLL: (0.45, 0.0), tl.HEAD_PITCH: (0.0, 0.45)})

KINDS: dict[str, Kind] = {
    "shrug": Kind(0.7, ["!shrug", "!shrug P ^shoulders", "!(lift|raise) ^both ^hands in a *shrug", "!shrug as if not knowing"], shrug, "arms"),
    "cross_arms": Kind(1.0, ["!cross P ^arms", "!fold P ^arms in front of the *chest", "!cross the ^arms over the *chest", "!keep P ^arms *crossed"], cross_arms, "arms", overlay=True),
    "hands_on_hips": Kind(1.0, ["!put P ^hands on P *hips", "!place ^both ^hands on the *hips", "!keep the ^hands on the *hips", "!rest P ^hands on the *hips"], hands_on_hips, "arms"),
    "beckon": Kind(0.7, ["!beckon with P ^S ^(hand|arm)", "!beckon someone (over|closer)", "!wave someone over with P ^S ^hand", "!motion with the ^S ^hand for someone to come closer", "!gesture with the ^S ^hand to come *here"], beckon, "arm", sides="s", overlay=True),
    "cough": Kind(0.5, ["!cough", "!(cough|sneeze) into P ^S ^hand", "!cough with a ^hand in front of the *mouth", "!sneeze", "!cover the *mouth and !cough"], cough, "arm spine", sides="s"),
    "hug": Kind(0.6, ["!hug someone", "!give someone a *hug", "!open P ^arms and !embrace someone", "!embrace someone with ^both ^arms", "!wrap P ^arms around someone"], hug, "arms"),
    "cheer": Kind(1.0, ["!cheer", "!cheer with ^both ^arms in the *air", "!(throw|pump) P ^(arms|fists) *up in the air", "!celebrate", "!celebrate with raised ^arms", "!rejoice and !throw the ^hands up"], cheer, "arms"),
    "swing_arms": Kind(1.4, ["!swing P ^arms back and forth", "!swing the ^arms forward and backward", "!swing ^both ^arms", "!move P ^arms back and forth", "!swing P ^arms to *loosen up", "!swing the ^arms as a *warm *up"], back_and_forth, "arms"),
    "stretch_side": Kind(1.0, ["!stretch to the side with the ^S ^arm over the *head", "!bend to the side with the ^S ^arm *overhead", "!reach over the *head with P ^S ^arm to !stretch the side", "!do a side *stretch", "!stretch P *side"], stretch_side, "arm spine", sides="s"),
    "stretch_arm": Kind(0.8, ["!stretch P ^S ^arm across the *chest", "!pull the ^S ^arm *across the body", "!stretch P ^(arm|shoulder)", "!(do|perform) a *shoulder *stretch"], stretch_arm, "arms", sides="s"),
    "talk": Kind(1.6, ["!gesture with ^both ^hands", "!(talk|speak) with P ^hands", "!gesture while talking", "!move P ^hands while explaining something", "!have a conversation and !gesture", "!explain something with *hand *gestures", "!gesticulate with P ^hands"], _TALK, "arms", overlay=True),
    "pray": Kind(0.5, ["!pray", "!put P ^hands together in *prayer", "!hold P palms together in front of the *chest", "!join P ^hands as if *praying", "!fold the ^hands and !bow the head"], _PRAY, "arms"),
    "rub_hands": Kind(0.5, ["!rub P ^hands together", "!rub P ^hands", "!warm P ^hands by *rubbing them", "!(wash|clean) P ^hands", "!rub P palms *together"], _RUB, "arms", overlay=True),
    "shiver": Kind(0.5, ["!shiver", "!shiver from the cold", "!tremble with ^arms *wrapped around the body", "!shake as if *freezing", "!hug themselves and !shiver"], _SHIVER, "arms spine"),
    "flap": Kind(0.8, ["!flap P ^arms like a *bird", "!flap P ^arms", "!move P ^arms up and down like *wings", "!pretend to *fly", "!wave ^both ^arms up and down at the sides"], _FLAP, "arms", overlay=True),
    "chicken": Kind(0.5, ["!flap P elbows like a *chicken", "!act like a *chicken", "!imitate a *chicken", "!do the *chicken dance", "!flap bent ^arms like wings"], _CHICKEN, "arms"),
    "phone": Kind(0.9, ["!talk on the *phone", "!hold a *phone to the ear with P ^S ^hand", "!answer a *phone", "!(pick|take) up the *phone and !talk", "!make a *phone call", "!listen to the *telephone with the ^S ^hand at the ear"], _PHONE, "arm", sides="s", overlay=True),
    "think": Kind(0.6, ["!think with a ^hand on the *chin", "!put P ^S ^hand to the *chin", "!rub P *chin with the ^S ^hand", "!ponder something", "!scratch the *chin in thought"], _THINK, "arms", sides="s"),
    "watch": Kind(0.5, ["!look at P *watch", "!check the *time on P ^S ^wrist", "!lift P ^S ^wrist and !look at the *watch", "!check P *wristwatch"], _WATCH, "arm head", sides="s", overlay=True),
    "cry": Kind(0.5, ["!cry", "!cry into P ^hands", "!cover P *face with ^both ^hands", "!sob with the ^hands over the *face", "!hide the *face in P ^hands"], _CRY, "arms spine"),
    "stop_hand": Kind(0.6, ["!hold P ^S ^hand out to *stop someone", "!signal *stop with P ^S ^hand", "!put the ^S ^hand out in a *halt sign", "!push P ^S ^palm *forward and !hold it", "!gesture to *stop with the ^S ^hand"], _STOP, "arm", sides="s", overlay=True),
    "shield": Kind(0.6, ["!shield P *face with ^both ^arms", "!protect the *head with the ^arms", "!raise P ^forearms to !protect the *face", "!cover P *head", "!duck and !cover the head"], _SHIELD, "arms"),
    "no": Kind(0.5, ["!wave P ^S ^hand in *disagreement", "!say *no with the ^S ^hand", "!wag the ^S finger", "!refuse with a wave of the ^S ^hand", "!shake P head and ^S ^hand to say *no"], _NO, "arm", sides="s"),
    "count": Kind(0.4, ["!count on P ^fingers", "!count with P ^hands", "!count something on the ^fingers of the hand"], _COUNT, "arms", sides="s"),
    "shake_arms": Kind(0.6, ["!shake P ^(hands|arms)", "!shake out P ^arms", "!shake ^both ^hands to *loosen up", "!shake P ^wrists"], _SHAKE, "arms"),
    "roll_arms": Kind(0.6, ["!roll P ^forearms around each other", "!circle the ^hands around each other", "!spin P ^hands around one another", "!rotate the ^forearms in front of the *chest"], _ROLL_ARMS, "arms"),
    "handshake": Kind(0.7, ["!shake ^hands", "!shake hands with someone", "!give a *handshake with P ^S ^hand", "!reach out the ^S ^hand and !shake hands", "!(greet|meet) someone with a *handshake"], _HANDSHAKE, "arm", sides="s"),
    "pet": Kind(0.4, ["!pet (an animal|a dog)", "!pet something with P ^S ^hand", "!stroke (an animal|a dog) with the ^S ^hand", "!bend over and !pat a dog"], _PET, "arm", sides="s"),
    "twist": Kind(1.2, ["!twist P *(torso|waist) from side to side", "!twist the *upper *body from one side to the other", "!rotate the *torso", "!turn the *upper *body from side to side with raised ^elbows", "!do *torso twists", "!do a *warm *up *exercise for the *torso"], _TWIST, "spine"),
    "hip_circles": Kind(0.9, ["!rotate P *hips", "!circle the *hips with ^hands on the *waist", "!move P *hips in *circles", "!swivel P *hips", "!do *hip circles"], _HIPS, "spine"),
    "laugh": Kind(0.9, ["!laugh", "!laugh and !hold P *belly", "!burst out laughing", "!laugh *heartily", "!shake with *laughter", "!bend over *laughing"], _LAUGH, "arms spine"),
    "yawn": Kind(0.5, ["!yawn", "!yawn and !stretch", "!yawn with the ^S ^hand in front of the *mouth", "!stretch and !yawn"], _YAWN, "arms", sides="s"),
    "traffic": Kind(0.7, ["!direct *traffic", "!signal cars with ^both ^arms", "!wave and !point like a *policeman", "!guide *vehicles with ^both ^arms", "!give *traffic *signals with the ^arms"], _TRAFFIC, "arms"),
    "neck_roll": Kind(0.6, ["!roll P *(head|neck)", "!rotate the *(head|neck)", "!move P *head in a circle", "!stretch P *neck"], _NECK_ROLL, "head", "arm"),
}  # fmt: skip
