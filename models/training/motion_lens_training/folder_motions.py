"""Motion files of a HumanML3D-layout folder as joints (T, 22, 3) in metres at 20 frames a second.

Read: 22 joints and 263 features of HumanML3D, 21 joints and 251 features of KIT-ML (12.5 frames a second, own units), as the editor
reads them (`src/formats/motion-array.ts`). Arrays with Python objects are refused, nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .features import LEG_METRES, resample
from .features263 import joints_from_features

#: Frame rate of files that do not say theirs, by their number of joints.
ASSUMED_FPS = {22: 20.0, 21: 12.5}
FITTING_SHAPES = (
    "(frames, 22, 3), (frames, 66) or (frames, 263) for HumanML3D, (frames, 21, 3), (frames, 63) or (frames, 251) for KIT-ML"
)

#: KIT-ML's joint that stands for each of the 22; the joints it lacks are set between two others (below).
_KIT_JOINT = {0: 0, 1: 16, 2: 11, 3: 1, 4: 17, 5: 12, 7: 18, 8: 13, 10: 20, 11: 15, 12: 2, 15: 4, 16: 8, 17: 5, 18: 9, 19: 6, 20: 10, 21: 7}
#: Joint: (from, to, share of the way), in the numbers of the 22.
_BETWEEN = {6: (3, 12, 1 / 3), 9: (3, 12, 2 / 3), 13: (12, 16, 0.4), 14: (12, 17, 0.4)}


class MotionFileError(ValueError):
    """A motion file that is none; the message names it and says what is wrong."""


def read_array(file: Path) -> np.ndarray:
    """The numbers of a .npy file."""
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise MotionFileError(f"{file}: not a .npy file of numbers ({error})") from None
    if not isinstance(array, np.ndarray):
        raise MotionFileError(f"{file}: an archive of arrays, not one array")
    if array.dtype.kind not in "fiu":
        raise MotionFileError(f"{file}: holds {array.dtype}, not numbers")
    return array


def read_motion(file: Path, fps: float | None = None) -> np.ndarray:
    """Joints (T, 22, 3) float32 of a motion file; `fps` in place of the assumed rate."""
    array = read_array(file)
    array = np.asarray(array, np.float64)
    shape = array.shape
    if not array.size:
        raise MotionFileError(f"{file}: the motion has no frames (shape {shape})")
    if not np.isfinite(array).all():
        frame = int(np.argwhere(~np.isfinite(array))[0][0])
        raise MotionFileError(f"{file}: a value is not finite, first in frame {frame}")
    if array.ndim == 2 and shape[1] in (66, 63):
        joints = array.reshape(len(array), -1, 3)
    elif array.ndim == 2 and shape[1] in (263, 251):
        if not np.isin(array[:, -4:], (0, 1)).all():
            raise MotionFileError(
                f"{file}: the features look standardised (foot contacts are not 0 or 1); multiply by Std.npy and add Mean.npy first"
            )
        joints = joints_from_features(array).astype(np.float64)
    elif array.ndim == 3 and shape[1] in (22, 21) and shape[2] == 3:
        joints = array
    else:
        hint = "; SMPL's 24 joints fit without the two hands: array[:, :22]" if shape[1:] == (24, 3) else ""
        raise MotionFileError(f"{file}: shape {shape} is not a motion; what fits: {FITTING_SHAPES}{hint}")
    rate = fps or ASSUMED_FPS[joints.shape[1]]
    if joints.shape[1] == 21:
        joints = kit_to_22(joints)
    return resample(joints, rate).astype(np.float32)


def kit_to_22(joints: np.ndarray) -> np.ndarray:
    """Joints (T, 21, 3) of KIT-ML as the 22 of HumanML3D, scaled to a hip-knee-ankle length of 0.83 m.

    Joints that both have are taken over; the middle spine and the collars are set between their neighbours. The motion image of
    the result is that of KIT-ML's own joints, which looks at none of those.
    """
    out = np.zeros((len(joints), 22, 3))
    for to, taken in _KIT_JOINT.items():
        out[:, to] = joints[:, taken]
    for to, (a, b, share) in _BETWEEN.items():
        out[:, to] = out[:, a] * (1 - share) + out[:, b] * share
    legs = [np.linalg.norm(out[:, a] - out[:, b], axis=-1).mean() for a, b in ((1, 4), (4, 7), (2, 5), (5, 8))]
    leg = sum(legs) / 2
    return out * (LEG_METRES / leg) if leg > 1e-6 else out
