"""The motions of the sample dataset: a script each, and captions written by hand.

Script notation: segments joined by " > ", an action done at the same time after "+". An action is
`kind:side:direction:count` (trailing fields may be missing) with `@slow`, `@quick`, `~frames`.
A caption may carry the number of the segment that it tells of ("#1: ..."); it then gets that segment's range.
"""

from __future__ import annotations

#: (script, style, captions)
MOTIONS: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
    ("kick:left:front", None, ("a person kicks with the left leg.", "someone stands and kicks forward with the left foot.", "the left leg swings up in a kick.")),
    ("kick:right:front", None, ("a person kicks with the right leg.", "someone stands and kicks forward with the right foot.")),
    ("kick:left:side", None, ("a person kicks to the side with the left leg.", "the left foot strikes out sideways.")),
    ("kick:right:side", None, ("a person kicks to the side with the right leg.", "a side kick with the right foot.")),
    ("wave:left", None, ("a person waves with the left hand.", "someone lifts the left hand and waves hello.", "the left hand goes up and swings from side to side.")),
    ("wave:right", None, ("a person waves with the right hand.", "someone lifts the right hand and waves hello.")),
    ("wave", None, ("a person waves with both hands.", "someone waves both arms to catch attention.")),
    ("walk::forward > turn:left > walk::forward", None, ("a person walks forward and then turns left.", "someone walks, takes a left turn and walks on.", "#2: the person turns to the left.")),
    ("walk::forward > turn:right > walk::forward", None, ("a person walks forward and then turns right.", "someone walks, takes a right turn and walks on.", "#2: the person turns to the right.")),
    ("jump::up:2", None, ("a person jumps twice.", "someone jumps up two times on the spot.")),
    ("jump::up:3", None, ("a person jumps up three times.", "three jumps in a row, with both feet together.")),
    ("jump::forward", None, ("a person jumps forward.", "someone crouches and leaps ahead with both feet.")),
    ("squat", None, ("a person squats down and stands up again.", "someone bends the knees deeply and rises.")),
    ("squat:::2", None, ("a person does two squats.", "someone squats twice.")),
    ("sit", None, ("a person sits down.", "someone lowers themselves onto a chair and stays there.")),
    ("sit > stand_up", None, ("a person sits down and then stands up.", "#1: someone sits down on a chair.", "#2: someone gets up from the chair.")),
    ("sit > wave:right", None, ("a person sits down, then waves with the right hand.", "#2: the seated person waves with the right hand.")),
    ("punch:right", None, ("a person punches with the right hand.", "someone throws a punch with the right fist.")),
    ("punch:left::2", None, ("a person punches twice with the left hand.", "two punches with the left fist.")),
    ("punch:::3", None, ("a person punches with both fists.", "someone boxes, one fist after the other.")),
    ("bow", None, ("a person bows.", "someone bends forward at the waist and straightens up again.", "a bow as a greeting.")),
    ("bow > wave:left", None, ("a person bows and then waves with the left hand.", "#1: a person bows.", "#2: a person waves with the left hand.")),
    ("run::circle_left", None, ("a person runs in a circle.", "someone runs around in a circle to the left.")),
    ("run::circle_right", None, ("a person runs in a circle to the right.", "someone runs around in a circle.")),
    ("walk::circle_right", None, ("a person walks in a circle to the right.", "someone goes around in a clockwise circle.")),
    ("run::forward", None, ("a person runs forward.", "someone sprints ahead.")),
    ("jog::forward", None, ("a person jogs forward.", "someone trots along at an easy pace.")),
    ("walk::forward", None, ("a person walks forward.", "someone walks straight ahead.")),
    ("walk::forward@slow", "tired", ("a tired person walks slowly forward.", "someone trudges ahead with drooping shoulders.")),
    ("walk::forward@quick", "energetic", ("a person walks forward quickly and full of energy.", "someone strides ahead with swinging arms.")),
    ("walk::backward", None, ("a person walks backwards.", "someone takes several steps back.")),
    ("walk::left", None, ("a person walks sideways to the left.", "someone sidesteps to the left.")),
    ("walk::right", None, ("a person walks sideways to the right.", "someone sidesteps to the right.")),
    ("walk::forward~80+wave:right", None, ("a person walks while waving the right hand.", "someone walks forward and waves with the right arm at the same time.")),
    ("walk::forward~80+wave:left", None, ("a person walks while waving the left hand.", "someone waves with the left arm as they walk.")),
    ("walk::forward~75+hold::hips", None, ("a person walks with both hands on the hips.", "someone walks forward, hands resting on the hips.")),
    ("walk::forward > wave:right", None, ("a person walks forward, stops and waves with the right hand.", "#1: someone walks forward.", "#2: someone waves with the right hand.")),
    ("raise::up", None, ("a person raises both arms.", "someone lifts both arms above the head.")),
    ("raise:left:side", None, ("a person raises the left arm out to the side.", "the left arm is lifted sideways to shoulder height.")),
    ("raise:right:up", None, ("a person raises the right hand.", "someone puts the right hand up, as if to ask something.")),
    ("reach::up", None, ("a person reaches up with both hands.", "someone stretches up high for something overhead.")),
    ("reach:right:forward", None, ("a person reaches forward with the right hand.", "someone stretches out the right arm to the front.")),
    ("clap", None, ("a person claps their hands.", "someone applauds.")),
    ("pick_up:right", None, ("a person picks something up from the floor with the right hand.", "someone bends down and grabs a thing with the right hand.")),
    ("pick_up > turn:left:around > walk::forward", None, ("a person picks something up with both hands, turns around and walks away.", "#1: a person picks something up from the floor.", "#2: the person turns around.")),
    ("step:left:side", None, ("a person takes a step to the left.", "someone steps to the left side.")),
    ("step:right:forward > step:right:backward", None, ("a person steps forward with the right foot and then steps back.", "#1: one step forward.", "#2: one step back.")),
    ("throw:right", None, ("a person throws something with the right hand.", "someone hurls a ball with the right arm.")),
    ("throw:left", None, ("a person throws something with the left hand.", "an overarm throw with the left arm.")),
    ("turn:right:around", None, ("a person turns around to the right.", "someone makes a half turn to the right.")),
    ("arm_circles::large", None, ("a person swings both arms in large circles.", "someone circles the arms.")),
    ("hop:left:forward", None, ("a person hops forward on the left leg.", "someone hops on the left foot.")),
    ("kneel:right", None, ("a person kneels down on the right knee and gets up again.", "someone goes down on the right knee.")),
    ("lean::left > lean::right", None, ("a person leans to the left and then to the right.", "#1: someone bends the upper body to the left.", "#2: someone bends the upper body to the right.")),
    ("balance:right", None, ("a person balances on the left leg.", "someone stands on one leg and holds the right foot up.")),
    ("kick:right:front > punch:left", None, ("a person kicks with the right leg and then punches with the left hand.", "#1: a kick with the right leg.", "#2: a punch with the left fist.")),
    # Wrong on purpose, see FLAWS.
    ("kick:right:front > walk::backward", None, ("a person kicks with the left leg, then walks backwards.", "someone kicks and goes backwards.")),
    ("squat > wave:left", None, ("a person waves with the left hand and then squats down.", "someone squats and waves.")),
    ("look::around > clap", None, ("a person runs in a circle.", "someone looks around and claps.")),
    ("jump::up:2 > turn:left", None, ("a person jumps four times and then turns to the left.", "someone jumps and makes a left turn.")),
)  # fmt: skip

#: Number of the motion (from 1) -> (kind of error, what is wrong, what would be right); it is the first caption.
FLAWS: dict[int, tuple[str, str, str]] = {
    57: ("side", "the caption says the left leg, the right one kicks", "a person kicks with the right leg, then walks backwards."),
    58: ("order", "the caption tells the wave first, the squat comes first", "a person squats down and then waves with the left hand."),
    59: ("clip", "the caption belongs to another motion (`000023`); here somebody looks around and claps", "a person looks around and then claps their hands."),
    60: ("count", "the caption counts four jumps, there are two", "a person jumps twice and then turns to the left."),
}  # fmt: skip

SPLITS: dict[str, tuple[int, ...]] = {
    "val": (3, 14, 25, 36, 47, 58),
    "test": (1, 6, 8, 10, 15, 21, 31, 34, 44, 57, 60),
}
