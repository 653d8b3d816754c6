"""The pages: each panel is a function from a view model to Dash components."""
