# %% [markdown]
# # Look at a KPI as the system saw it
#
# Reads the home that `telassure run` or `telassure replay` writes (`TELASSURE_HOME`, default `.telassure`), also while
# it runs. `score` above 1 means anomalous; `expected`, `lower` and `upper` are what the detector had learned by then.
# `jump`, `level`, `rhythm`, `band` and `range` are what each channel contributed to the score (docs/detection.md).

# %%
from telassure.kernel.events.shares import CHANNELS
from telassure.lab import Lab

lab = Lab()
series = lab.kpis()
print(len(series), "series")

# %% [markdown]
# ## One series, with its expected band

# %%
managed_object, measurement = series[0]
kpi = lab.kpi(managed_object, measurement)
kpi.describe()

# %% [markdown]
# ## How often was it anomalous, and by how much?

# %%
scored = kpi.dropna(subset=["score"])
anomalous = scored[scored["score"] > 1]
print(f"{managed_object} {measurement}: {len(anomalous)} of {len(scored)} scored points are anomalous")
anomalous.sort_values("score", ascending=False).head(10)

# %% [markdown]
# ## Why? What each channel contributed, in all and to the worst points

# %%
why = anomalous[list(CHANNELS)]
print(why.sum().sort_values(ascending=False).round(1).to_string())
explained = why.assign(score=anomalous["score"], loudest=why.fillna(0).idxmax(axis=1))
explained.sort_values("score", ascending=False).head(10)

# %% [markdown]
# ## What came of it

# %%
tickets = lab.tickets()
tickets.head(10)

# %%
lab.leakage().head(10)

# %%
lab.close()
