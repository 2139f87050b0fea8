"""What a person does with the program, step by step, until a data folder holds something of
everything it can hold.

`make_folder.py` packs what the real engine makes of it; tests do the same with the fake one, and
look whether today's program still stores it under the old names. Whoever adds something that is
stored adds a step here, and packs a new archive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from core.engine.contract.protocol import Engine
from core.models.fetch.download import Progress
from core.models.fetch.http import Web
from core.models.fetch.hub import Hub, Plan
from core.models.fetch.install import Installer
from core.models.files.families import Defaults
from core.models.library import external_folders, registry
from core.models.library.chosen_folders import with_chosen_folders
from core.prompt.styles.own import save_style
from core.prompt.styles.style import Style
from core.prompt.wildcards import editing
from core.service.editing.opening import document_from_pixels
from core.service.editing.rasters import in_tiles
from core.service.editing.starting import start_of as document_start
from core.service.making.runner import Outcome, Runner
from core.service.stores import Stores, open_stores
from core.store.forms.presets import Preset, PresetStore
from core.store.prompts.pinned_prompts import PinnedPrompts
from core.store.prompts.prompt_history import PromptPair
from core.store.sources.opened_picture import OpenedPicture
from core.store.thumbnails import Thumbnails
from core.system import settings
from core.system.errors import Cancelled
from core.system.paths import Places, places
from core.system.settings import Settings
from core.values.editing import choosing
from core.values.editing.document import Mask
from core.values.events import Event
from core.values.job import MemoryOutcome
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from core.values.request_parts.emphasis import Emphasis
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale
from tests.core.models.fetch import hub_server
from tests.core.models.files import layouts
from tests.data.imported import bring_in
from tests.data.marks import mark
from tests.data.swept import sweep

FORMATS = ("png", "webp", "jpeg", "avif")
SHORTCUTS = (("copy", ""), ("reuse-seed", "Ctrl+Alt+S"), ("of-a-later-version", "F7"))
CHURN = FreshNoise(20.0, 0.05, 5.0, 1.003)
EVERYTHING = Request(
    prompt="a red house on snow, (night:1.2) <lora:ink:0.5>",
    negative_prompt="fog",
    model="dream.safetensors",
    width=72,
    height=64,
    steps=9,
    guidance=6.5,
    sampler="euler_ancestral",
    schedule="exponential",
    seed=2**64 - 2,
    count=3,
    clip_skip=2,
    loras=(Lora("ink", 0.75, 0.25), Lora("brush", -0.5)),
    vae="soft",
    refiner="starter",
    refiner_at=0.7,
    compatibility="a1111",
    noise=Noise("philox", 77, 0.25, (128, 64), 31337, 1, 4),
    eta=0.6,
    fresh_noise=CHURN,
    emphasis="no_norm",
    guidance_rescale=0.7,
    guidance_from=0.1,
    guidance_until=0.9,
    freeu=(1.3, 1.4, 0.9, 0.2),
    feature_reuse=3,
    token_merging=0.5,
    decoder="tiny",
    matrices="int8",
    tiling="xy",
    template="a {red|blue} house",
    negative_template="{fog|rain}",
    styles=(ChosenStyle("Ink", "{prompt}, in ink", "colour", applied=True),),
    levels=Levels(6.5, None, 0.05, 12.5),
    parent="ab" * 32,
)
HIRES = Hires("by_hand", 2.0, 5, 0.45, "lanczos", "heun")
SMALL = Request("a red house on snow", seed=7, steps=3, width=64, height=64, sampler="euler")


def folders(home: Path) -> Places:
    """Settings of which every one differs from its default; written twice, so that the generation
    before stays beside it."""
    where = places(home / "data").create()
    settings.save(where.settings, Settings())
    chosen = Settings(
        theme="light",
        language="en",
        pictures_folder=str(home / "drive" / "pictures"),
        models_folder=str(where.models),
        picture_format="avif",
        device="cpu",
        weights="8bit",
        trash_days=90,
        model_minutes=5,
        tag_spaces=False,
        recordings_mb=900,
        previews=False,
        downloads_yield=False,
        live_holds_queue=False,
        offline=True,
        updates=True,
        mirror="https://mirror.example",
        proxy="http://proxy.example:3128",
        shortcuts=SHORTCUTS,
    )
    same = [
        f.name for f in fields(Settings) if getattr(chosen, f.name) == getattr(Settings(), f.name)
    ]
    assert not same, f"settings at their defaults: {same}"
    settings.save(where.settings, chosen)
    return with_chosen_folders(where, chosen)


def models(stores: Stores, home: Path) -> None:
    """In the models folder, in its trash, used in place, of another program; their index, and what
    a person said of them."""
    own, comfy = stores.places.models, home / "drive" / "ComfyUI" / "models"
    lora = layouts.kohya(layouts.ATTENTION, 768, rank=2)
    for path, shapes in {
        own / "loras" / "ink": lora,
        own / "loras" / "old": lora,
        own / "vae" / "soft": layouts.VAE,
        comfy / "checkpoints" / "dream": layouts.SD1,
        comfy / "loras" / "brush": lora,
        home / "drive" / "alone": layouts.SD2,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        layouts.write(
            path.with_suffix(".safetensors"), shapes, metadata={"modelspec.title": path.stem}
        )
    registry.add(own, home / "drive" / "alone.safetensors")
    stores.library.choose_prediction(str(home / "drive" / "alone.safetensors"), "v")
    registry.verify(own, own / "loras" / "ink.safetensors", "lora")
    registry.remove(own, own / "loras" / "old.safetensors")
    external_folders.link_folder(own, home / "drive" / "ComfyUI")
    stores.library.refresh()
    stores.library.entries()
    stores.library.extras()


def paused_download(stores: Stores) -> Plan:
    """A file of which a part came before the person stopped it."""
    with hub_server.serving() as server:
        file = layouts.write(
            stores.places.root / "wash.safetensors", layouts.kohya(layouts.ATTENTION, 768, rank=100)
        )
        server.repos["calo/wash"] = {file.name: file.read_bytes()}
        file.unlink()
        web = Web(silent_seconds=5.0)
        installer = Installer(stores.places.models)
        plan = Hub(web, endpoint=server.url).plan("calo/wash", file="wash.safetensors")
        plan = replace(plan, license="mit", page="https://hub.example/calo/wash")

        def stop(progress: Progress) -> None:
            if progress.done:
                raise Cancelled

        try:
            installer.run(installer.begin(plan), web, stop)
        except Cancelled:
            return plan
        finally:
            web.close()
    raise AssertionError("the download was not stopped")


def made(runner: Runner, stores: Stores, *requests: Request) -> list[Outcome]:
    """Pictures through the queue, in which nothing else waits."""
    assert not stores.jobs.waiting()
    stores.jobs.add(requests)
    outcomes = [runner.run_one(lambda event: None) for _ in requests]
    assert all(one is not None and one.picture is not None for one in outcomes), outcomes
    return [one for one in outcomes if one is not None]


def pictures(stores: Stores, engine: Engine, fake: Engine) -> None:
    """In four formats by the starter; one with all defaults and one with nothing at its default by
    the fake engine, which needs no weights; favourites, and two in the trash."""
    runner, ids = Runner(stores, engine), list[int]()
    for number, kind in enumerate(FORMATS):
        runner.picture_format = kind
        (outcome,) = made(runner, stores, replace(SMALL, seed=7 + number))
        ids.append(outcome.picture.id if outcome.picture else 0)
    runner = Runner(stores, fake)
    others = made(
        runner,
        stores,
        Request(seed=0),
        replace(EVERYTHING, count=1),
        replace(SMALL, prompt="grün, 雪, thrown away", seed=90),
        replace(SMALL, prompt="thrown away and loved", seed=91),
    )
    ids += [one.picture.id for one in others if one.picture]
    stores.gallery.set_favourite([ids[1], ids[5], ids[7]], True)
    mark(stores, ids)
    stores.gallery.trash(ids[6:])
    thumbnails = Thumbnails(stores.places.thumbnails)
    for picture in stores.gallery.page(ids):
        assert thumbnails.get(picture)
    thumbnails.close()


def start_of(stores: Stores) -> StartPicture:
    """A kept picture and its mask, nothing at its default that goes together with them."""
    rows = bytes(value for y in range(40) for x in range(48) for value in (5 * x, 6 * y, 90))
    mask = bytes(255 * (x > 20) for _ in range(40) for x in range(48))
    return StartPicture(
        source=stores.sources.keep(OpenedPicture(48, 40, "RGB", rows)),
        strength=0.6,
        exact_steps=True,
        fit="stretch",
        background="#102030",
        mask=stores.sources.keep(OpenedPicture(48, 40, "L", mask)),
        mask_blur=2.5,
        mask_grow=1,
        mask_soft=True,
        mask_content="fill",
        area="frame",
        padding=8,
        frame=(8, 0, 40, 40),
        extend=(0, 8, 0, 16),
        image_guidance=1.25,
    )


def starts(stores: Stores, engine: Engine, fake: Engine) -> None:
    """A picture that began with another one, and one refined by hires fix."""
    began = replace(SMALL, prompt="began with a picture", start=start_of(stores), seed=60)
    made(Runner(stores, engine), stores, began)
    bold = replace(SMALL, prompt="refined when large", hires=HIRES, seed=61)
    made(Runner(stores, fake), stores, bold)


def samplings(stores: Stores, engine: Engine, fake: Engine) -> None:
    """Two by the starter, with fresh noise in a sampler that takes it, and with levels by a table;
    one by each way to weigh words, and one that was made larger."""
    churned = replace(SMALL, prompt="with churn", fresh_noise=CHURN, seed=63)
    tabled = replace(SMALL, prompt="by a table", schedule="gits", seed=64)
    made(Runner(stores, engine), stores, churned, tabled)
    source = start_of(stores).source
    large = replace(SMALL, prompt="made larger", upscale=Upscale(source, 1.5, refine=0.3), seed=65)
    ways = (one for one in Emphasis if one is not Emphasis.AUTO)
    weighed = [replace(SMALL, prompt=f"weighed, {one}", emphasis=one, seed=66) for one in ways]
    made(Runner(stores, fake), stores, large, *weighed)


def documents(stores: Stores, fake: Engine) -> None:
    """One with a mask and a result of it, one that was closed."""
    photo = OpenedPicture(48, 40, "RGB", bytes(5 * x % 256 for x in range(3 * 48 * 40)))
    opened, closed = (
        document_from_pixels(photo, title, replace(SMALL, seed=70))
        for title in ("a house to repaint", "a house that was put away")
    )
    for new in (opened, closed):
        stores.documents.create(new.record, new.document, new.tiles)
    stores.documents.close(closed.record.id)
    selected = np.zeros((40, 48), np.uint8)
    selected[8:24, 8:32] = 255
    raster, tiles = in_tiles(selected)
    document = replace(
        opened.document, masks=(Mask(2, "Mask 1", raster),), active_mask=2, next_id=3
    )
    stores.documents.add_step(opened.record.id, 0, "Select", document, tiles)
    what = document_start(
        stores,
        opened.record,
        document,
        lambda name: stores.documents.tile(opened.record.id, name),
    )
    (outcome,) = made(Runner(stores, fake), stores, what.request)
    assert outcome.picture is not None
    record = choosing.asked_for(opened.record, document, what.request, what.place)
    stores.documents.put_record(choosing.with_pictures(record, document, [outcome.picture]))


def words(stores: Stores) -> None:
    """A style with values, two presets, files of wildcards of which one was deleted."""
    where = stores.places
    save_style(where.styles, Style("Ink", "{prompt}, in ink", "colour", "Mine", (("steps", 9),)))
    presets = PresetStore(where.presets)
    presets.save(Preset("Everything", replace(EVERYTHING, seed=None, styles=())))
    presets.save(Preset("Small", replace(SMALL, prompt=""), with_prompt=False))
    kept = PresetStore(where.schedules, "Your noise levels", "list of levels")
    kept.save(Preset("Late", replace(SMALL, levels=Levels(rho=9.0)), with_prompt=False))
    for name in ("warm/colour", "gone"):
        made = editing.new_file(where.wildcards, name)
        editing.write_text(where.wildcards, made, "red\n2::orange\n")
    editing.delete_file(where.wildcards, "gone.txt")


def cards(stores: Stores, plan: Plan, home: Path) -> None:
    """One with everything a card holds, one with a rating alone."""
    dream = str(home / "drive" / "ComfyUI" / "models" / "checkpoints" / "dream.safetensors")
    picture = stores.gallery.page(stores.gallery.ids(limit=1))[0]
    stores.cards.installed(dream, plan)
    card = replace(
        stores.cards.get(dream),
        notes="soft light, no people",
        tags=("house", "night"),
        rating=4,
        used=1.79e9,
        defaults=Defaults(80, 64, 10, 5.5, "heun", "karras"),
        fingerprint="f" * 64,
        picture=Path(picture.path).relative_to(stores.places.pictures).as_posix(),
    )
    stores.cards.put(card)
    ink = str(stores.places.models / "loras" / "ink.safetensors")
    stores.cards.put(replace(stores.cards.get(ink), rating=2))
    outcome = MemoryOutcome(
        "cuda:0", "sequential", 512 * 512, 2**31, 2**32, (dream,), 12.5, 20.25, 0.5, 4, 3.0
    )
    stores.memory_history.record(dream, outcome, 512, 512, 1e12)


def failed_job(stores: Stores, engine: Engine, kill: Callable[[Event], None]) -> None:
    """Its engine died: latents are kept, an incident tells of it, and it says Run again."""
    runner = Runner(stores, engine)
    stores.jobs.add([replace(SMALL, prompt="a blue house on snow", seed=21, steps=8)])
    outcome = runner.run_one(kill)
    assert outcome is not None and outcome.message and outcome.incident is not None, outcome


def queue(stores: Stores, fake: Engine) -> None:
    """Four asked for at once, of which one is done, one was stopped, and the last was put in front;
    one by itself, and one that begins with a picture."""
    four = stores.jobs.add([replace(SMALL, prompt="a green house", seed=30 + n) for n in range(4)])
    stores.jobs.add([replace(EVERYTHING, count=1, seed=40)])
    assert Runner(stores, fake).run_one(lambda event: None)
    stores.jobs.stop_waiting(four[1].id)
    stores.jobs.make_next(four[3].id)
    begins = replace(SMALL, prompt="will begin with a picture", start=start_of(stores), seed=62)
    stores.jobs.add([begins])


def pins(stores: Stores) -> None:
    """Two prompts, of which the later one stands in front."""
    pinned = PinnedPrompts(stores.places.pinned_prompts)
    pinned.pin(PromptPair("a red house on snow", "fog"))
    pinned.pin(PromptPair("a {red|blue} hat <lora:ink:0.5>"))


def deeds(
    home: Path, engine: Engine, fake: Engine, kill: Callable[[Event], None], crashing: Engine
) -> None:
    """Everything but the window and what a kill leaves."""
    stores = open_stores(folders(home))
    try:
        models(stores, home)
        plan = paused_download(stores)
        pictures(stores, engine, fake)
        starts(stores, engine, fake)
        samplings(stores, engine, fake)
        documents(stores, fake)
        sweep(stores, fake, replace(SMALL, prompt="a house in many ways"))
        bring_in(stores, home)
        cards(stores, plan, home)
        words(stores)
        failed_job(stores, crashing, kill)
        queue(stores, fake)
        pins(stores)
        stores.gallery.index.fill_all()
        stores.database.daily_copy()
    finally:
        stores.close()
