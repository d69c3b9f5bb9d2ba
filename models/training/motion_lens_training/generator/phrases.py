"""How each action can be said, and which body parts carry its words.

A phrase is a row of words; a mark in front of a word says what carries it:
`!` verb of the action, `*` other word of the action (both: its main parts), `^` word of the limb,
`>` word of the path (global and pelvis), `~` verb without evidence of its own. Verbs are given in the
base form. `(a|b)` is a choice, S the side of the action, O the other side, P a possessive or article, `<C>` the place of the count.
"""

from __future__ import annotations

from .catalogue import ARMS, LEGS, ROOT, resolve
from .repertoire import REPERTOIRE
from .script import Action


def leg_parts(side: str | None) -> tuple[str, ...]:
    """Parts of a leg, or of both."""
    return (f"{side}_hip", f"{side}_knee", f"{side}_ankle") if side else LEGS


def arm_parts(side: str | None) -> tuple[str, ...]:
    """Parts of an arm, or of both."""
    return (f"{side}_shoulder", f"{side}_elbow") if side else ARMS


def main_parts(a: Action) -> tuple[str, ...]:
    """The parts that truly carry the verb of an action."""
    k = a.kind
    if k in REPERTOIRE:
        return resolve(REPERTOIRE[k].parts, a.side)
    if k in ("wave", "raise", "reach", "punch", "clap", "throw", "arm_circles", "hold", "point", "to_head"):
        return arm_parts(a.side)
    if k in ("kick", "lift_leg", "balance"):
        return leg_parts(a.side)
    if k in ("walk", "run", "jog", "march", "jump", "stumble", "lunge"):
        return ROOT + LEGS
    if k == "hop":
        return ROOT + LEGS
    if k == "jacks":
        return LEGS + ARMS
    if k == "turn":
        return ROOT
    if k == "step":
        return ROOT + leg_parts(a.side)
    if k in ("squat", "sit", "stand_up", "kneel"):
        return ROOT + LEGS[:4]
    if k in ("bow", "lean"):
        return ("pelvis", "lumbar")
    if k == "look":
        return ("neck", "lumbar")
    if k == "head":
        return ("neck",)
    if k == "pick_up":
        return ROOT + LEGS[:4] + ("lumbar",) + arm_parts(a.side)
    if k == "stretch":
        return ARMS + ("lumbar",)
    return ROOT


def limb_parts(a: Action) -> tuple[str, ...]:
    """The parts that carry the words of the limb."""
    if a.kind in REPERTOIRE:
        return resolve(REPERTOIRE[a.kind].limb, a.side)
    if a.kind in ("kick", "lift_leg", "balance", "hop", "step", "kneel", "lunge"):
        return leg_parts(a.side)
    if a.kind in ("look", "head"):
        return ("neck",)
    return arm_parts(a.side)


def phrases(a: Action) -> list[str]:
    """Phrases for an action. The first half tends to be the plainest."""
    if a.kind in REPERTOIRE:
        return REPERTOIRE[a.kind].phrases(a.direction)
    one = a.side is not None
    hand = "P ^S ^(hand|arm)" if one else "^both ^(hands|arms)"
    k, d = a.kind, a.direction
    if k == "walk":
        return {
            "forward": ["!walk >forward", "!walk", "!walk (>ahead|>straight >ahead)", "!(stroll|go|move) >forward (|*on *foot)", "!take *several *steps >forward", "!walk in a >straight >line", "!walk >forward at a *(normal|steady|moderate) pace", "!walk >across the room", "!walk (normally|naturally)", "!walk a few *steps >(forward|ahead)", "!walk >forward and stop", "!walk towards something in >front"],
            "backward": ["!walk >(backward|backwards)", "!(step|move|go) >(backward|backwards)", "!take *several *steps >back", "!back >up"],
            "left": ["!walk >sideways to the >left", "!(sidestep|shuffle) to the >left", "!move >sideways to the >left", "!take *several *steps to the >left"],
            "right": ["!walk >sideways to the >right", "!(sidestep|shuffle) to the >right", "!move >sideways to the >right", "!take *several *steps to the >right"],
            "circle_left": ["!walk in a >circle", "!walk in a >circle to the >left", "!(walk|go) >around in a >circle", "!walk in a >counterclockwise >circle", "!walk in a full >circle"],
            "circle_right": ["!walk in a >circle", "!walk in a >circle to the >right", "!(walk|go) >around in a >circle", "!walk in a >clockwise >circle", "!walk in a full >circle"],
            "diagonal_left": ["!walk diagonally >forward to the >left", "!walk diagonally to the >left", "!move >ahead and to the >left", "!(walk|head) off to the front >left"],
            "diagonal_right": ["!walk diagonally >forward to the >right", "!walk diagonally to the >right", "!move >ahead and to the >right", "!(walk|head) off to the front >right"],
            "place": ["!walk in *place", "!walk on the *spot", "!step in *place", "!take *steps without moving *ahead"],
        }[d or "forward"]  # fmt: skip
    if k in ("run", "jog"):
        v = "(run|sprint|dash)" if k == "run" and a.speed == "quick" else "run" if k == "run" else "(jog|trot)"
        return {
            "forward": [f"!{v} >forward", f"!{v}", f"!{v} (>ahead|>straight >ahead)", f"!{v} in a >straight >line", f"!{v} >across the room"],
            "circle_left": [f"!{v} in a >circle", f"!{v} in a >circle to the >left", f"!{v} >around in a >circle"],
            "circle_right": [f"!{v} in a >circle", f"!{v} in a >circle to the >right", f"!{v} >around in a >circle"],
            "place": [f"!{v.replace('|sprint|dash', '')} in *place", f"!{v.replace('|sprint|dash', '')} on the *spot"],
        }[d or "forward"]
    if k == "march":
        if d == "place":
            return ["!march in *place", "!march on the *spot", "!march with *high *knees (on the *spot|in *place)"]
        return ["!march >forward", "!march", "!march >ahead lifting P *knees"]
    if k == "turn":
        if d == "around":
            return [
                "!turn >around",
                "!turn >around to the >S",
                "!(spin|rotate) >around to the >S",
                "!(do|make) a >half >turn to the >S",
                "!turn >around over the >S shoulder",
                "!turn >around to face the opposite >direction",
                "!turn one hundred eighty >degrees to the >S",
            ]
        return [
            "!turn to the >S",
            "!turn >S",
            "!(make|take) a >S >turn",
            "!(rotate|pivot) to the >S",
            "!make a >quarter >turn to the >S",
            "!turn ninety >degrees to the >S",
        ]
    if k == "jump":
        c = {"up": ["", " *up", " *up in the *air", " on the *spot"], "forward": [" >forward", " >ahead"], "backward": [" >backward", " >backwards"],
             "left": [" to the >left", " >sideways to the >left"], "right": [" to the >right", " >sideways to the >right"]}[d or "up"]  # fmt: skip
        return (
            [f"!jump{x}" for x in c]
            + [f"!(leap|jump with both feet){x}" for x in c[:1]]
            + [f"!(make|do) a *jump{x}" for x in c if a.count == 1]
        )
    if k == "hop":
        where = " >forward" if d == "forward" else " (|in *place|on the *spot)"
        return [
            f"!hop{where} on P ^S ^(leg|foot)",
            f"!hop on the ^S ^(leg|foot){where}",
            f"!(jump|hop){where} on one leg , the ^S one",
        ]
    if k == "squat":
        return ["!squat", "!squat down", "!squat down and !(rise|stand up) again <C>", "!(do|perform) " + {1: "a *squat", 2: "two *squats", 3: "three *squats"}.get(a.count, "*squats") + "<X>",
                "!bend P *knees *(deeply|deep) <C>", "!(crouch|go) down low and come back up <C>"]  # fmt: skip
    if k == "sit":
        return [
            "!sit *down",
            "!sit *down on a chair",
            "!take a *seat",
            "!lower the *body onto a seat",
            "!(get|go) into a *sitting position",
        ]
    if k == "stand_up":
        return ["!stand *up", "!(get|rise) *up from the chair", "!rise to P feet", "!stand *up from a *seat"]
    if k == "reach":
        if d == "up":
            return [
                f"!reach *up with {hand}",
                f"!(stretch|extend) {hand} *up (high|)",
                f"!reach *(upward|overhead) with {hand}",
                f"!reach *up for something (high|above) with {hand}",
            ]
        return [
            f"!reach *(forward|forwards|out) with {hand}",
            f"!(stretch|extend) {hand} *forward",
            f"!reach *out to the front with {hand}",
        ]
    if k == "wave":
        return [
            f"!wave with {hand}",
            f"!wave {hand}",
            f"!raise {hand} and !wave <C>",
            f"!say hello by *waving {hand}" if not one else f"!wave hello with {hand}",
            f"!swing {hand} from side to side in *greeting",
            "!wave",
            "!wave *hello",
        ]
    if k == "raise":
        where = {
            "up": "*(up|overhead|high)",
            "front": "*forward to shoulder height",
            "side": "*out to the side" if one else "*out to the *sides",
        }[d or "up"]
        first = f"!raise {hand}" if d == "up" else f"!raise {hand} {where}"
        return [
            first,
            f"!(lift|bring) {hand} {where}",
            f"!raise {hand} {where} and !lower it again <C>"
            if one
            else f"!raise {hand} {where} and !lower them again <C>",
            f"!(lift|raise) {hand} {where}",
        ]
    if k == "punch":
        if not one:
            return [
                "!punch with ^both ^(fists|hands|arms)",
                "!(box|punch) with ^alternating ^(fists|hands)",
                "!throw *punches with ^both ^hands",
            ]
        what = {1: "a *punch", 2: "two *punches", 3: "three *punches"}[min(a.count, 3)]
        return [
            "!punch with P ^S ^(hand|fist|arm)",
            "!punch forward with the ^S ^(hand|fist)",
            f"!throw {what} with P ^S ^(hand|fist)<X>",
            "!(strike|jab) (|forward) with P ^S ^(fist|hand)",
            "!punch *forward",
        ]
    if k == "clap":
        return [
            "!clap P ^hands",
            "!clap",
            "!clap with ^both ^hands",
            "!(applaud|clap P ^hands together)",
            "!strike P ^hands together",
        ]
    if k == "throw":
        return [
            "!throw something with P ^S ^(hand|arm)",
            "!throw a ball with the ^S ^hand",
            "!throw *overarm with the ^S ^(arm|hand)",
            "!hurl something (forward|away) with P ^S ^(arm|hand)",
            "!throw something",
        ]
    if k == "arm_circles":
        size = "*small " if d == "small" else "(*large |*big |)"
        return [
            f"!(make|draw|do) {size}*circles with {hand}",
            f"!(swing|move) {hand} in {size}*circles",
            f"!rotate {hand} in {size}*circles",
            f"!circle {hand}",
        ]
    if k == "hold":
        return {
            "hips": ["!(keep|hold|have) P ^hands on P *hips", "!(put|rest) ^both ^hands on the *hips"],
            "out": ["!(hold|keep|stretch) ^both ^arms *out to the *sides", "!spread P ^arms *wide"],
            "folded": [
                "!(keep|hold|have) P ^arms *folded in front of the body",
                "!hold ^both ^forearms in front of the *belly",
            ],
        }[d or "hips"]
    if k == "stretch":
        return [
            "!stretch with ^both ^arms above the head",
            "!stretch",
            "!stretch P ^arms *overhead",
            "!stretch the *back with ^both ^arms up",
        ]
    if k == "kick":
        side = " to the *side" if d == "side" else ""
        what = {1: "a *kick", 2: "two *kicks", 3: "three *kicks"}[min(a.count, 3)]
        front = " (|*forward|to the *front)" if d != "side" else side
        return [
            f"!kick{side} with P ^S ^(leg|foot)",
            f"!kick{front} with the ^S ^(leg|foot)",
            f"!kick P ^S ^leg{front if d != 'side' else side}",
            f"!(do|perform|throw) {what}{side} with P ^S ^(leg|foot)<X>",
            f"!kick{side}",
        ]
    if k == "lift_leg":
        if d == "side":
            return [
                "!(lift|raise) P ^S ^leg to the *side",
                "!(lift|raise) the ^S ^leg *sideways",
                "!swing P ^S ^leg *out to the side and back <C>",
            ]
        return [
            "!(lift|raise) P ^S ^knee",
            "!(lift|raise) P ^S ^(leg|knee) in front of the body",
            "!(pull|bring) the ^S ^knee *up",
            "!(lift|raise) the ^S ^knee *high and !lower it <C>",
            "!(lift|raise) one ^knee <C>",
        ]
    if k == "balance":
        other = "right" if a.side == "left" else "left"
        return [
            f"!balance on P ={other} =(leg|foot)",
            f"!stand on the ={other} =leg with the ^S ^(foot|leg) *up",
            "!stand on one leg , the ^S ^foot in the air",
            "!(balance|stand) on one leg",
        ]
    if k == "step":
        to = {"forward": ">forward", "backward": ">(back|backward)", "side": "to the >S"}[d or "forward"]
        if d == "side":
            return [
                "!step to the >S",
                "!take a *step to the >S",
                "!(make|take) a *side *step to the >S",
                "!step >sideways to the >S",
            ]
        return [
            f"!step {to} with P ^S ^(foot|leg)",
            f"!take a *step {to} with the ^S ^(foot|leg)",
            f"!(make|take) one *step {to} starting with the ^S ^foot",
            f"!take a *step {to}",
        ]
    if k == "bow":
        return [
            "!bow",
            "!bow *(forward|down)",
            "!bow from the *waist",
            "!(take|make) a *bow" if a.count == 1 else "!bow deeply",
            "!bend *forward at the *waist and !(straighten|rise) again <C>",
        ]
    if k == "kneel":
        return [
            "!kneel down on P ^S ^knee",
            "!(go|get) down on the ^S ^knee",
            "!kneel on the ^S ^knee and !stand *up again",
            "!lower P ^S ^knee to the *(floor|ground)",
        ]
    if k == "pick_up":
        h = " with P ^S ^hand" if one else " with ^both ^hands"
        return [
            f"!pick something *up from the *(floor|ground){h}",
            f"!bend *down and !pick something *up{h}",
            f"!pick *up something from the *(floor|ground){h}",
            f"!(grab|take) something from the *(floor|ground){h}",
            "!pick something *up from the *(floor|ground)",
        ]
    if k == "lean":
        to = {"left": "to the *left", "right": "to the *right", "forward": "*forward", "backward": "*(back|backward)"}[
            d or "forward"
        ]
        return [
            f"!lean {to}",
            f"!(bend|lean) P *upper *body {to}",
            f"!(tilt|lean) {to} and come back <C>",
            f"!bend {to} at the *waist" if d != "backward" else "!arch P *back *backward",
        ]
    if k == "look":
        if d == "around":
            return ["!look *around", "!look to *both sides", "!turn P ^head from one side to the other"]
        return [f"!look to the *{d}", f"!turn P ^head to the *{d}", f"!(glance|look) *{d}"]
    if k == "head":
        if d == "nod":
            return ["!nod", "!nod P ^head", "!(bob|nod) the ^head up and down"]
        return ["!shake P ^head", "!shake the ^head from side to side", "!turn P ^head from side to side in *refusal"]
    if k == "stumble":
        return [
            "!stumble >forward",
            "!(trip|stumble) and !regain balance",
            "!stumble and almost !fall",
            "!lose balance for a moment and !stagger >forward",
        ]
    if k == "lunge":
        return ["!lunge >forward with P ^S ^leg", "!(do|make) a *lunge with P ^S ^(leg|foot)" if a.count == 1 else "!lunge with P ^S ^leg",
                "!take a long *step >forward with the ^S ^(leg|foot) and come back <C>", "!lunge >forward"]  # fmt: skip
    if k == "jacks":
        return [
            "!(do|perform) jumping *jacks",
            "!(do|perform) *jumping *jacks",
            "!jump with ^arms and ^legs moving *apart and *together",
            "!jump *opening and closing ^arms and ^legs",
        ]
    if k == "point":
        to = {"forward": "(*forward|*ahead|to the *front)", "side": "to the ^S", "up": "*(up|upward)"}[d or "forward"]
        return [
            f"!point {to} with P ^S ^(hand|arm|finger)",
            "!point with P ^S ^(hand|arm)",
            f"!point {to}",
            f"!(hold|stretch) the ^S ^arm out and !point {to}",
        ]
    if k == "to_head":
        if d == "salute":
            return [
                "!salute with P ^S ^hand",
                "!(raise|bring) P ^S ^hand to the *forehead in a salute",
                "!salute",
                "!give a *salute with the ^S ^hand",
            ]
        if d == "scratch":
            return [
                "!scratch P head with the ^S ^hand",
                "!scratch the *head",
                "!(touch|rub) the top of the *head with P ^S ^hand",
                "!put P ^S ^hand on the *head and !scratch it",
            ]
        return [
            "!drink with P ^S ^hand",
            "!(take|have) a *drink with the ^S ^hand",
            "!(bring|lift) P ^S ^hand to the *mouth",
            "!drink from a bottle held in the ^S ^hand",
            "!drink",
        ]
    if k == "stand":
        return ["!stand still", "!stand", "!stay in place without moving", "!(remain|stay) standing"]
    raise ValueError(f"no phrases for {k}")
