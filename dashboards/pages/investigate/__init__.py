"""Looking into one object: its KPIs against their bands, what else changed, and how its peers are."""
