"""Training, evaluation and export of the Motion Lens encoders."""
