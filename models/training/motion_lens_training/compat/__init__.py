"""The published system MotionColBert (arXiv 2603.09930), its oddities included: angles, model, training, import of weights."""
