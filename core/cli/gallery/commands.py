"""The commands of `calotype gallery`. A command's docstring is its help, for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.exporting.command import as_command as export_command
from core.cli.shared.output import (
    AsJson,
    OpenedStores,
    chosen_places,
    print_result,
)

gallery_app = typer.Typer(help="The pictures made so far.")
gallery_app.command("export")(export_command())


@gallery_app.command("path")
def gallery_path(as_json: AsJson = False) -> None:
    """Where the pictures are."""
    path = str(chosen_places().pictures)
    print_result(as_json, {"path": path}, path)


@gallery_app.command("search", context_settings={"ignore_unknown_options": True})
def gallery_search(
    query: Annotated[
        list[str],
        typer.Argument(
            help='Words, "phrases", -word, and fields such as steps:>20 or is:favourite.'
        ),
    ],
    *,
    order: Annotated[
        str, typer.Option(help="date, rating, model, size, file-size, name or random.")
    ] = "date",
    rising: Annotated[bool, typer.Option("--rising", help="The lowest first.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="At most so many; 0 for all.")] = 0,
    trash: Annotated[bool, typer.Option("--trash", help="Look in the trash.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find pictures by words and fields; quotes around the whole keep the shell from reading it."""
    from core.cli.gallery.search import search

    with OpenedStores() as stores:
        search(stores, " ".join(query), order, limit, rising=rising, trashed=trash, as_json=as_json)


@gallery_app.command("import")
def gallery_import(
    folder: Annotated[Path, typer.Argument(help="A folder of pictures.")],
    *,
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy them instead of showing them where they lie.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Bring a folder's pictures into the gallery, of any program, with their recipes."""
    from core.cli.gallery.importing import import_folder

    return import_folder(folder, copy=copy, as_json=as_json)


@gallery_app.command("folders")
def gallery_folders(
    *,
    remove: Annotated[
        Path | None,
        typer.Option(
            "--remove",
            help="Watch this folder no more; its pictures leave the gallery with their ratings, "
            "tags and albums, its files stay.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the imported folders that are watched."""
    from core.cli.gallery.importing import list_folders

    return list_folders(remove=remove, as_json=as_json)


@gallery_app.command("check")
def gallery_check(as_json: AsJson = False) -> None:
    """Compare files and database, and decode every picture."""
    from core.service.editing.upkeep import check_documents
    from core.service.source_upkeep import check_sources

    with OpenedStores() as stores:
        health = stores.gallery.check()
        sources = check_sources(stores)
        documents = check_documents(stores)
    values = {
        "pictures": health.pictures,
        "missing": len(health.missing),
        "orphans": len(health.orphans),
        "corrupt": len(health.corrupt),
        "away": len(health.away),
        "missing_paths": health.missing,
        "orphan_paths": health.orphans,
        "corrupt_paths": health.corrupt,
        "away_paths": health.away,
        "sources": sources.count,
        "missing_sources": len(sources.missing),
        "corrupt_sources": len(sources.corrupt),
        "missing_source_addresses": sources.missing,
        "corrupt_source_paths": sources.corrupt,
        "documents": documents.count,
        "corrupt_documents": len(documents.corrupt),
        "corrupt_document_paths": documents.corrupt,
    }
    sentence = (
        f"{health.pictures} pictures, {len(health.missing)} missing, {len(health.orphans)} not "
        f"in the database, {len(health.corrupt)} damaged"
    )
    if health.away:
        sentence += f", {len(health.away)} in imported folders that are away"
    if sources.count or sources.missing:
        sentence += (
            f"; {sources.count} pictures to start from, {len(sources.missing)} missing, "
            f"{len(sources.corrupt)} damaged"
        )
    if documents.count:
        sentence += f"; {documents.count} documents, {len(documents.corrupt)} damaged"
    print_result(as_json, values, sentence)


@gallery_app.command("go-back")
def gallery_go_back(as_json: AsJson = False) -> None:
    """After a newer Calotype was used: take the copy of the database from before its update; newer
    pictures come back from their files."""
    from core.store.sqlite.update_copies import go_back

    where = chosen_places()
    kept = go_back(where.database, where.backups)
    with OpenedStores() as stores:
        recovered, _ = stores.recover()
    print_result(
        as_json,
        {"kept": str(kept), "found": recovered},
        f"The newer database is kept as {kept.name}; {recovered} newer pictures came back.",
    )
