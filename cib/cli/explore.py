"""`cib explore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cib.cli import console


def explore(
    run_or_dir: Annotated[Path, typer.Argument(help="A run, or a folder of runs.")],
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; by default this machine only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 has one picked.")
    ] = 8050,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", help="Who may log in; lines: name role token."),
    ] = None,
    proxy: Annotated[
        str, typer.Option("--proxy", help="Addresses of reverse proxies, with commas between.")
    ] = "",
    identity_header: Annotated[
        str | None,
        typer.Option("--identity-header", help="Header in which the proxy says who asks."),
    ] = None,
    role_header: Annotated[
        str | None,
        typer.Option("--role-header", help="Header in which it says investigator or viewer."),
    ] = None,
    allow_host: Annotated[
        str,
        typer.Option("--allow-host", help="Further names of this server, with commas between."),
    ] = "",
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Hide ids from investigators as well.")
    ] = False,
    casebook: Annotated[
        Path | None,
        typer.Option("--casebook", help="File with decisions; casebook.sqlite beside the runs."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser.")
    ] = False,
) -> None:
    """Look into runs, understand and decide, in a web browser.

    [bold]Examples[/bold]

    cib explore runs

    cib explore runs/9ac86221b3aaaa9c --port 8051 --no-browser

    cib explore runs --host 0.0.0.0 --token-file tokens.txt --allow-host explorer.example.org

    cib explore runs --host 10.0.0.7 --proxy 10.0.0.5 --identity-header X-Forwarded-User
    """
    # who may come in is decided before anything large is loaded
    from cib.viz.explorer.door.access import open_access

    access = open_access(
        host,
        token_file=token_file,
        proxy=listed(proxy),
        identity_header=identity_header,
        role_header=role_header,
        allow_hosts=listed(allow_host),
    )
    from cib.viz.explorer.door.hosts import is_loopback
    from cib.viz.explorer.door.server import open_browser
    from cib.viz.explorer.opening import open_explorer, serve

    explorer = open_explorer(run_or_dir, access=access, casebook=casebook, pseudonyms=pseudonyms)
    server = serve(explorer, access, host, port)
    console.write(f"Explorer: {server.url}\n")
    if access.tokens is not None and not access.proxy and not is_loopback(host):
        console.say(
            "Tokens go over the network as they are; put a proxy that speaks TLS before it."
        )
    console.say("Stop with Ctrl-C.")
    if not no_browser:
        open_browser(server.url)
    server.run()
    console.say("Stopped.")


def listed(text: str) -> list[str]:
    """Return the parts of a list with commas.

    Examples
    --------
    >>> listed("10.0.0.5, 10.0.0.6"), listed("")
    (['10.0.0.5', '10.0.0.6'], [])
    """
    return [part.strip() for part in text.split(",") if part.strip()]
