"""One file per page: `layout(explorer, …)` makes it, `register(app, explorer)` makes it answer."""
