"""MoT++, TMR and the cross-consistent contrastive loss (arXiv 2407.02104), built from the paper's description."""
