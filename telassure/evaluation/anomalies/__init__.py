"""How well anomalies are found: labelled corpora, the simulator's ground truth, the scores and the baselines."""

from telassure.evaluation.anomalies.corpus import Series, corpus
from telassure.evaluation.anomalies.detectors import Detector, product_detector, scores_of
from telassure.evaluation.anomalies.score import DetectorScores, score_corpus

__all__ = ["Detector", "DetectorScores", "Series", "corpus", "product_detector", "score_corpus", "scores_of"]
