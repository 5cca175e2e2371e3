"""One target: who acted on it, and where it stands in each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from cib.datasets.errors import BadDataError
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import Library, RunFiles


def who_acted(
    run: RunFiles, target: Mapping[str, Any], row: int, limit: int
) -> tuple[pa.Table, int]:
    """Return the members of a target's cluster that acted on it, who did so most first.

    Parameters
    ----------
    target : its row of `targets`, from `RunTables.target`
    row : number of that row
    limit : most accounts returned

    Returns
    -------
    (pa.Table, int)
        account_id, account_row, role, n (times), first_ts, last_ts; and how many there are.
    """
    found = run.tables.source.query(
        """WITH acts AS (SELECT account_id, count(*) AS n, min(ts) AS first_ts, max(ts) AS last_ts,
                count(*) OVER () AS n_all
            FROM {interactions} WHERE cluster_id = $cluster AND content_id =
                (SELECT content_id FROM {targets:rows} WHERE file_row_number = $row)
            GROUP BY account_id)
        SELECT acts.account_id, a.file_row_number AS account_row, m.role, n, acts.first_ts,
            acts.last_ts, n_all FROM acts
        JOIN {accounts:rows} AS a ON a.account_id = acts.account_id AND a.cluster_id = $cluster
        LEFT JOIN {members} AS m ON m.account_id = acts.account_id AND m.cluster_id = $cluster
        ORDER BY n DESC, account_row LIMIT $limit""",
        {"cluster": target["cluster_id"], "row": row, "limit": limit},
    )
    total = int(found["n_all"][0].as_py()) if len(found) else 0
    return found.drop_columns(["n_all"]), total


def target_in_runs(
    library: Library, here: RunFiles, content_id: Any, most: int
) -> Iterator[tuple[RunFiles, dict[str, Any]]]:
    """Yield where a content is a target, in the newest run first.

    Gives the run, and cluster_id, share, n_interactions, row (of `targets`), first_ts (of the
    cluster). Runs that cannot be read are left out.

    Parameters
    ----------
    here : run that the id is of; others may have ids of another kind, and are left out
    most : runs looked through, the newest
    """
    kind = here.tables.source.schema("targets").field("content_id").type  # type: ignore[union-attr]
    for run in library.runs()[:most]:
        try:
            schema = run.tables.source.schema("targets")
            if schema is None or schema.field("content_id").type != kind:
                continue
            found = run.tables.source.query(
                """SELECT t.cluster_id, t.share, t.n_interactions, t.file_row_number AS row,
                    c.first_ts FROM {targets:rows} AS t JOIN {clusters} AS c USING (cluster_id)
                WHERE t.content_id = $id ORDER BY t.share DESC""",
                {"id": content_id},
            ).to_pylist()
        except (RunGone, BadDataError):
            continue
        yield from ((run, one) for one in found)
