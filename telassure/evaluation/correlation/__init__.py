"""What `telassure evaluate correlation` measures: problems and root causes against labelled alarm scenarios.

`scenario` reads the layout, `replayed` runs the product's operators over it, `answer` is what they said in the terms of
the scorer, `scores` compares it with the truth, `baselines` are what must be beaten, and `evaluate` is the whole.
"""
