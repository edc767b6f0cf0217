"""The learned classifier: training, evaluation and inference of harm severities from text."""
