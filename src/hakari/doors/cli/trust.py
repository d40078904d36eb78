"""`hakari trust`: who can do what on a node, and what is not decentralised yet."""

import click

from hakari.doors.cli.terminal import as_json, ask, at_url, print_json, words


@click.command()
@at_url
@as_json
def trust(url: str, as_json: bool) -> None:
    """Every role of a node, who holds its key, what it can and can never do, and what is not decentralised yet."""
    from hakari.doors.web.languages import catalogue  # noqa: PLC0415 the command line starts fast

    found = ask(url).get("/v1/trust")
    if as_json:
        print_json(found)
        return
    say = catalogue("en")
    for role in found["roles"]:
        name = role["role"]
        words.print(f"[bold]{say[f'trust.role.{name}']}[/] {say[f'trust.role.{name}.is']}")
        for held in role["holders"]:
            kind = say["trust.by_contract" if held["contract"] else "trust.by_key"]
            place = "" if held["pool"] is None else f", {say['trust.in_pool'].format(pool=held['pool'])}"
            words.print(
                f"  {held['account']} ({kind}{place})" if held["account"] else f"  {say['trust.holder.nobody']}"
            )
        if role["key"]:
            words.print(f"  {role['key']}")
        for list_, title in (("can", "trust.can"), ("never", "trust.never")):
            if role[list_]:
                words.print(f"  {say[title]} {'; '.join(say[f'trust.{list_}.{each}'] for each in role[list_])}.")
    words.print(f"\n[bold]{say['trust.gaps']}[/]")
    for gap in found["gaps"]:
        about = f" (pools {', '.join(map(str, gap['pools']))})" if gap["pools"] else ""
        text = [say[f"trust.gap.{gap['gap']}{part}"] for part in ("", ".means", ".less")]
        words.print(f"  {text[0]}{about}. {text[1]} {text[2]}")
    if not found["asked"]:
        words.print(say["trust.not_asked"])
