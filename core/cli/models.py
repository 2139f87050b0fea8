"""The command line's "models": what is here, what it is, and getting, checking and removing it.

A command's docstring is its help, for people; every command lets a KnownError through, which `run`
in core.cli.main tells.
"""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.cli.shared.output import (
    AsJson,
    OpenedStores,
    chosen_settings,
    print_error,
    print_result,
    progress_on_stderr,
)
from core.models.fetch.download import Progress
from core.models.fetch.hub import Plan
from core.models.library.model_entry import ModelEntry
from core.system.errors import InvalidRequest, WorldError
from core.system.tokens import AccessTokens
from core.values.model import ModelKind

models_app = typer.Typer(help="The models on this machine.")


def _row(entry: ModelEntry) -> dict[str, object]:
    """A model as `--json` promises it: `state` is "ready" or what is wrong, in a sentence."""
    row: dict[str, object] = asdict(entry)
    row["state"] = entry.sentence
    del row["problems"]
    return row


@models_app.command("list")
def models_list(as_json: AsJson = False) -> None:
    """The models that are here."""
    with OpenedStores() as stores:
        for entry in (*stores.library.entries(), *stores.library.extras()):
            print_result(
                as_json,
                _row(entry),
                f"{entry.id}\t{entry.family}\t{entry.bytes / 1e6:.0f} MB\t{entry.sentence}",
            )


@models_app.command("add")
def models_add(
    path: Annotated[
        Path,
        typer.Argument(
            help="A model, LoRA, VAE or embedding; or the folder of a program that keeps models."
        ),
    ],
    copy: Annotated[
        bool,
        typer.Option("--copy", help="Copy it into the models folder instead of using it in place."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Use a model from where it lies."""
    from core.models.files.inspection import inspect
    from core.models.library import external_folders, registry

    with OpenedStores() as stores:
        if os.path.isdir(path) and not copy and inspect(path).kind == ModelKind.UNKNOWN:
            root = external_folders.link_folder(stores.places.models, path)
            count = sum(1 for _ in external_folders.candidates(root))
            values = {
                "path": str(root.path),
                "program": root.program,
                "models": count,
                "state": "linked",
            }
            program = root.program or "a folder"
            return print_result(
                as_json, values, f"{root.path}: {program} with {count} models, used in place"
            )
        where = registry.add(stores.places.models, path, copy=copy)
        entry = stores.library.find_any(str(where))
    return print_result(as_json, _row(entry), f"{entry.id}\t{entry.kind}\t{entry.sentence}")


@models_app.command("remove")
def models_remove(
    model: Annotated[str, typer.Argument(help="A model's id, its path, or a linked folder.")],
    as_json: AsJson = False,
) -> None:
    """Forget a model used in place or a linked folder, or move one of the
    models folder into its trash."""
    from core.models.library import external_folders, registry

    with OpenedStores() as stores:
        if external_folders.unlink_folder(stores.places.models, Path(model)):
            return print_result(
                as_json, {"id": model, "path": model, "state": "forgotten"}, f"{model}: forgotten"
            )
        entry = stores.library.find_any(model)
        state = registry.remove(stores.places.models, Path(entry.path))
    return print_result(
        as_json, {"id": entry.id, "path": entry.path, "state": state}, f"{entry.id}: {state}"
    )


@models_app.command("set")
def models_set(
    model: Annotated[str, typer.Argument(help="A model's id, or a path.")],
    prediction: Annotated[
        str,
        typer.Option(help="What its network predicts: v, epsilon, or auto for what the file says."),
    ],
    as_json: AsJson = False,
) -> None:
    """Say what a model's file does not tell, or tells wrongly; it is remembered."""
    with OpenedStores() as stores:
        entry = stores.library.choose_prediction(model, "" if prediction == "auto" else prediction)
    print_result(
        as_json, _row(entry), f"{entry.id}: predicts {entry.prediction or 'what its family does'}"
    )


@models_app.command("verify")
def models_verify(
    model: Annotated[str, typer.Argument(help="A model's id, or a path.")],
    repair: Annotated[
        bool, typer.Option("--repair", help="Download what differs from where the model came from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Hash a model's weights and compare with the last time; or repair a downloaded one."""
    from core.models.library import registry

    with OpenedStores() as stores:
        entry = stores.library.find_any(model)
        wrong: list[str] = []
        if repair:
            wrong = _repair(stores.cards.get(entry.path).plan, Path(entry.path))
        state, digest = registry.verify(stores.places.models, Path(entry.path), entry.kind)
    state = "repaired" if wrong else state
    print_result(
        as_json,
        {"id": entry.id, "path": entry.path, "state": state, "sha256": digest, "files": wrong},
        f"{entry.id}: {state} {digest}",
    )


def _repair(plan: Plan | None, path: Path) -> list[str]:
    from core.models.fetch.connect import connect
    from core.models.fetch.install import repair

    if plan is None:
        raise InvalidRequest(
            "model",
            f"Calotype did not download {path.name}, so its source is not known.",
            "Get a new copy.",
        )
    _, web = connect(chosen_settings(), AccessTokens())
    try:
        with _DownloadBar() as bar:
            return list(repair(path, plan, web, bar))
    finally:
        web.close()


@models_app.command("inspect")
def models_inspect(
    paths: Annotated[list[Path], typer.Argument(help="Model files or folders.")],
    as_json: AsJson = False,
) -> int:
    """What model files are, from their headers alone."""
    from core.models.files.inspection import inspect

    code = 0
    for path in paths:
        if not os.path.exists(path):
            code = print_error(f"There is no {path}. Check the path.", 1)
            continue
        inspection = inspect(path)
        words = [
            inspection.kind,
            inspection.family,
            inspection.variant,
            inspection.prediction,
            inspection.distilled,
            inspection.dtype,
            f"{inspection.scale}x" if inspection.scale else "",
            f"{inspection.parameters / 1e6:.0f} M",
        ]
        sentences = [problem.sentence for problem in inspection.problems]
        lines = [
            f"{path}: {', '.join(word for word in words if word)}",
            *(f"  {sentence}" for sentence in sentences),
        ]
        print_result(as_json, asdict(inspection) | {"problems": sentences}, "\n".join(lines))
    return code


@models_app.command("convert")
def models_convert(
    path: Annotated[Path, typer.Argument(help="A .ckpt, .pt or .bin file.")],
    out: Annotated[
        Path | None, typer.Option(help="The safetensors file; beside the source when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Turn a pickle checkpoint into safetensors; no code in it is run."""
    from core.models.files.convert import convert

    target = out or path.with_suffix(".safetensors")
    count = convert(path, target)
    print_result(as_json, {"path": str(target), "tensors": count}, f"{target}: {count} tensors")


@models_app.command("fit")
def models_fit(
    model: Annotated[str, typer.Argument(help="A model's id, or a path.")],
    size: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT in pixels; the model's own when left out.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto",
    weights: Annotated[str, typer.Option(help="full, 8bit or bf16.")] = "full",
    as_json: AsJson = False,
) -> None:
    """Whether a picture fits into memory, in which mode, and how long it takes."""
    from core.service.fit_prediction import fit_on_device

    with OpenedStores() as stores:
        fit, width, height = fit_on_device(stores, model, size, device, weights)
    verdict = f"fits ({fit.mode})" if fit.fits else "does not fit"
    sentence = (
        f"{model} at {width} x {height} {verdict}: about {fit.peak_bytes / 1e9:.1f} GB of "
        f"{fit.available_bytes / 1e9:.1f} GB"
    )
    if fit.seconds_estimate is not None:
        sentence += f", {fit.seconds_estimate:g} s a picture"
    print_result(as_json, asdict(fit), sentence)


@models_app.command("install")
def models_install(
    address: Annotated[
        str,
        typer.Argument(
            metavar="REPO_OR_URL", help="OWNER/NAME on the hub, its address, or a file's address."
        ),
    ],
    file: Annotated[str, typer.Option(help="One of several single files of a repository.")] = "",
    as_json: AsJson = False,
) -> None:
    """Download a model; after an interruption the same command goes on where it stopped."""
    from core.models.fetch.connect import connect
    from core.models.fetch.install import Installer

    with OpenedStores() as stores:
        hub, web = connect(chosen_settings(), AccessTokens())
        try:
            plan = hub.plan(address, file=file)
            size = f"{plan.total / 1e9:.2f} GB" if plan.total is not None else "of unknown size"
            licence = plan.license or "not stated"
            print(
                f"{plan.name}: {len(plan.files)} files, {size}, licence: {licence}. {plan.page}",
                file=sys.stderr,
            )
            installer = Installer(stores.places.models)
            with _DownloadBar() as bar:
                path, _ = installer.run(installer.begin(plan), web, bar, stores.cards.installed)
        finally:
            web.close()
        entry = stores.library.find_any(str(path))
    print_result(as_json, _row(entry), f"{entry.id}\t{entry.kind}\t{entry.sentence}")


@models_app.command("search")
def models_search(
    words: Annotated[str, typer.Argument(help="A part of the name.")] = "",
    kind: Annotated[str, typer.Option(help="sd, sdxl, sd3, flux or lora; all when left out.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """Look for models on the hub; the most downloaded first."""
    from core.models.fetch.connect import connect
    from core.models.fetch.hub import SEARCHED

    if kind not in SEARCHED:
        raise InvalidRequest(
            "kind", f'The hub is not searched for "{kind}".', "Use sd, sdxl, sd3, flux or lora."
        )
    hub, web = connect(chosen_settings(), AccessTokens())
    try:
        for result in hub.search(words, kind=kind, limit=limit):
            gate = " (asks for consent)" if result.gated else ""
            print_result(
                as_json,
                asdict(result),
                f"{result.id}\t{result.downloads:,} downloads\t{result.license}{gate}",
            )
    finally:
        web.close()


@models_app.command("token")
def models_token(
    host: Annotated[str, typer.Argument(help="The host it is for; the hub when left out.")] = "",
) -> None:
    """Keep an access token in the system's keyring; it is read from the keyboard or stdin,
    never from the command line."""
    from core.models.fetch.connect import hub_address
    from core.models.fetch.web_address import host_of

    host = host or host_of(hub_address(chosen_settings()))
    if sys.stdin.isatty():
        token = getpass.getpass(f"Token for {host} (empty forgets it): ")
    else:
        token = sys.stdin.readline()
    if not AccessTokens().put(host, token):
        raise WorldError(
            "This system has no keyring, so the token cannot be kept.",
            "Set the variable HF_TOKEN for single commands.",
        )
    print(f"{host}: {'kept' if token.strip() else 'forgotten'}", file=sys.stderr)


class _DownloadBar:
    """Progress on a terminal; nothing where stderr is none. Silent for a quarter of a
    second between two words."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn

        self._rich = progress_on_stderr(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
        )
        self._task = self._rich.add_task("", total=None)

    def __enter__(self) -> _DownloadBar:
        self._rich.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._rich.stop()

    def __call__(self, progress: Progress) -> None:
        self._rich.update(
            self._task, completed=progress.done, total=progress.total, description=progress.waiting
        )
