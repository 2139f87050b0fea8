"""Recipes in pictures: our own round trip, A1111's text in its many shapes,
and files that are no pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.metadata.a1111 import parse
from core.metadata.recipes import read_file
from core.metadata.writing import encode, encode_png
from core.system.errors import WorldError
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.levels import Levels

PIXELS = Pixels(8, 8, bytes(range(192)))


@settings(max_examples=150, deadline=None)
@given(prompt=st.text(max_size=400), negative=st.text(max_size=100))
def test_our_recipe_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, prompt: str, negative: str
) -> None:
    recipe = Recipe(
        Request(prompt, negative, seed=2**64 - 1, steps=33),
        "job",
        0,
        "Starter",
        "ab" * 32,
        created=1.5,
    )
    path = tmp_path_factory.mktemp("m") / "x.png"
    path.write_bytes(encode_png(PIXELS, recipe))
    found = read_file(path)
    assert found.format == "calotype" and found.recipe == recipe
    with Image.open(path) as image:
        assert image.convert("RGB").tobytes() == PIXELS.rgb
        assert "trainedAlgorithmicMedia" in image.info["XML:com.adobe.xmp"]


def test_without_recipe_there_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(encode_png(PIXELS, None))
    with Image.open(tmp_path / "x.png") as image:
        assert not [key for key, value in image.info.items() if isinstance(value, str)]


A1111 = [
    (
        (
            "a cat\nNegative prompt: dog, bird\nSteps: 20, Sampler: DPM++ 2M, Schedule type: "
            "Karras, CFG scale: 7, Seed: 4711, Size: 512x768, Model hash: abc1234567, Model: some "
            "model, Clip skip: 2, Version: v1.10.1"
        ),
        {
            "prompt": "a cat",
            "negative_prompt": "dog, bird",
            "steps": 20,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "guidance": 7.0,
            "seed": 4711,
            "width": 512,
            "height": 768,
            "model": "some model",
            "model_hash": "abc1234567",
            "clip_skip": 2,
        },
    ),
    (
        "a\nb\nSteps: 5, Sampler: Euler a, CFG scale: 1.5, Seed: 1",
        {"prompt": "a\nb", "sampler": "euler_ancestral"},
    ),
    (
        "x\nSteps: 5, Sampler: DPM++ 2M SDE Karras, CFG scale: 1, Seed: 1",
        {"sampler": "dpmpp_2m_sde", "schedule": "karras"},
    ),
    (
        "x\nSteps: 5, Sampler: DPM++ 2M, Schedule type: Automatic, CFG scale: 1, Seed: 1",
        {"schedule": "karras"},
    ),
    (
        (
            "x <lora:foo:0.8>\n"
            'Steps: 5, Sampler: Euler, CFG scale: 1, Seed: 1, Lora hashes: "foo: abc, bar: def"'
        ),
        {"loras": ["foo:0.8"], "seed": 1},
    ),
    (
        (
            "x\nNegative prompt: Steps: 23, Sampler: Euler, CFG scale: 1, Seed: 9, "
            'Civitai resources: [{"a": 1}]'
        ),
        {"negative_prompt": "", "steps": 23, "seed": 9},
    ),
]


@pytest.mark.parametrize(("text", "expected"), A1111)
def test_a1111_texts(text: str, expected: dict[str, Any]) -> None:
    found = parse({"parameters": text})
    assert found is not None
    assert {key: found.request[key] for key in expected} == expected


def test_our_own_parameters_text_reads_back(tmp_path: Path) -> None:
    recipe = Recipe(
        Request(
            "a (red:1.2) house\nsecond: line",
            "blue, green",
            seed=3,
            sampler="dpmpp_3m_sde",
            schedule="sgm_uniform",
        ),
        model_name="My: model, v2",
    )
    from core.metadata.a1111 import write

    found = parse({"parameters": write(recipe)})
    assert found is not None
    wanted = (
        "prompt",
        "negative_prompt",
        "seed",
        "sampler",
        "schedule",
        "guidance",
        "steps",
        "width",
        "height",
    )
    assert {k: found.request[k] for k in wanted} == {k: getattr(recipe.request, k) for k in wanted}
    assert found.request["model"] == "My: model, v2"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=500) | st.text(alphabet='Steps: 20, CFG"\\{[\n', max_size=200))
def test_hostile_texts_never_raise(text: str) -> None:
    parse({"parameters": text})


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_exif_user_comment(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGB", (8, 8))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + A1111[0][0].encode("utf-16-be")
    image.save(tmp_path / "x", kind, exif=exif)
    assert read_file(tmp_path / "x").request["seed"] == 4711


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"II*\0" + b"\0" * 60]
)
def test_no_pictures_are_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(WorldError) as caught:
        read_file(tmp_path / "x.png")
    assert caught.value.hint


def test_bombs_are_refused(tmp_path: Path) -> None:
    Image.new("1", (12_000, 12_000)).save(tmp_path / "bomb.png")
    with pytest.raises(WorldError, match="million"):
        read_file(tmp_path / "bomb.png")


def test_the_web_uis_noise_is_written_and_read_back() -> None:
    from core.metadata.a1111 import write
    from core.metadata.recipes import fields_of
    from core.values.lora import Lora
    from core.values.noise import Noise

    noise = Noise("philox", 99, 0.25, (64, 128), 31337)
    request = Request(
        prompt="a house",
        seed=4,
        compatibility="a1111",
        noise=noise,
        eta=0.5,
        clip_skip=2,
        loras=(Lora("glow", 0.7),),
    )
    text = write(Recipe(request, version="1.0")).replace("Calotype", "v")
    found = parse({"parameters": text})
    assert found is not None
    values = fields_of(found)
    assert (
        values["noise"] == noise
        and values["compatibility"] == "a1111"
        and values["eta"] == 0.5
        and values["clip_skip"] == 2
    )
    assert (
        "loras" not in values and values["prompt"] == "a house<lora:glow:0.7>" and not found.ignored
    )
    gpu = parse(
        {
            "parameters": (
                "a house\n"
                "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Version: v1.6.0"
            )
        }
    )
    assert (
        gpu is not None
        and fields_of(gpu)["noise"] == Noise("philox")
        and any("NVIDIA" in note for note in gpu.approximated)
    )


def test_fresh_noise_and_weights_are_read_as_the_web_ui_writes_them() -> None:
    from core.metadata.a1111 import write
    from core.metadata.recipes import fields_of

    line = (
        "Steps: 9, Sampler: {}, CFG scale: 7, Seed: 1, Size: 512x512, Sigma churn: 20, "
        "Sigma tmin: 0.05, Sigma tmax: {}, Sigma noise: 1.003, Discard penultimate sigma: True, "
        "Emphasis: No norm, Version: v1.10.1"
    )
    found = parse({"parameters": f"a (red:1.2) house\n{line.format('Euler', 5)}"})
    assert found is not None and not found.ignored
    values = fields_of(found)
    assert values["fresh_noise"] == FreshNoise(20.0, 0.05, 5.0, 1.003)
    assert values["levels"] == Levels(discard_penultimate=True)
    assert values["emphasis"] == "no_norm"
    endless = parse({"parameters": f"a house\n{line.format('DDIM', 0)}, Eta DDIM: 0.5"})
    assert endless is not None and not endless.ignored
    assert fields_of(endless)["fresh_noise"] == FreshNoise(20.0, 0.05, None, 1.003)
    assert fields_of(endless)["eta"] == 0.5
    ours = Request(sampler="ddim", seed=1, eta=0.5, emphasis="none")
    assert "Eta DDIM: 0.5, Emphasis: None" in write(Recipe(ours, version="1"))


# as other programs wrote them, prompts in our own words
FIELD = Path(__file__).parent / "data" / "field"
RED = {
    "prompt": "a red house",
    "negative_prompt": "fog",
    "steps": 20,
    "sampler": "euler_ancestral",
    "guidance": 7.0,
    "seed": 5,
    "width": 512,
    "height": 512,
    "model": "m1",
}
SEEN = {
    "cfg-with-capital.png": RED,
    "exif-undefined-charset.jpg": RED,
    "png-text-behind-pixels.png": RED,
    "template-line-behind-pairs.png": RED,
    "exif-be-first-sign-ends-in-00.jpg": RED
    | {"prompt": "一座红房子，雪", "negative_prompt": "雾"},
    "exif-le-chinese.jpg": RED | {"prompt": "座红房子，雪", "negative_prompt": "雾"},
    "png-text-in-utf8.png": RED | {"prompt": "赤い家, é", "negative_prompt": "霧"},
    "one-field-out-of-range.png": RED | {"width": 496, "height": 752},
    "sampler-and-schedule-joined.png": RED | {"schedule": "karras"},
    "sampler-sigma.png": RED | {"schedule": "karras"},
    "sampler-spelt-out.png": RED | {"schedule": "karras"},
}


@pytest.mark.parametrize("name", SEEN)
def test_pictures_of_the_field(name: str) -> None:
    found = read_file(FIELD / name)
    ways = ("compatibility", "noise")
    assert {key: value for key, value in found.request.items() if key not in ways} == SEEN[name], (
        "what is not said is absent"
    )
    assert not [note for note in found.ignored if not note.startswith("Template")]


NAMED = {
    "Euler a": ("euler_ancestral", ""),
    "Euler Ancestral Karras": ("euler_ancestral", "karras"),
    "euler_ancestral_karras": ("euler_ancestral", "karras"),
    "k_euler_a": ("euler_ancestral", ""),
    "EulerAncestralDiscreteScheduler": ("euler_ancestral", ""),
    "euler_k": ("euler", "karras"),
    "Euler SGMUniform": ("euler", "sgm_uniform"),
    "DPM++ 2M Karras": ("dpmpp_2m", "karras"),
    "dpmpp_2m_karras": ("dpmpp_2m", "karras"),
    "DPMPP_2M": ("dpmpp_2m", ""),
    "DPM-Solver++ 2M": ("dpmpp_2m", ""),
    "DPM++ 2M (Karras)": ("dpmpp_2m", "karras"),
    "k_dpmpp_2m": ("dpmpp_2m", ""),
    "DPM++ 2M Normal": ("dpmpp_2m", "discrete"),
    "DPM++ 2M SGM Uniform": ("dpmpp_2m", "sgm_uniform"),
    "dpmpp_2m_sde_gpu_karras": ("dpmpp_2m_sde", "karras"),
    "DPM++ 2M SDE Exponential": ("dpmpp_2m_sde", "exponential"),
    "DPM++ 2M SDE Polyexponential": ("dpmpp_2m_sde", "polyexponential"),
    "DPM++ 3M SDE Align Your Steps": ("dpmpp_3m_sde", "align_your_steps"),
    "DPM++ 2S a Karras": ("dpmpp_2s_ancestral", "karras"),
    "DPM++ SDE Karras": ("dpmpp_sde", "karras"),
    "DPM2 a Karras": ("dpm_2_ancestral", "karras"),
    "k_dpm_2": ("dpm_2", ""),
    "LMS Karras": ("lms", "karras"),
    "k_lms": ("lms", ""),
    "heun simple": ("heun", "simple"),
    "UniPC": ("unipc", ""),
    "UniPC bh2": ("unipc", ""),
    "unipc_bh1": ("unipc_bh1", ""),
    "DPM fast": ("dpm_fast", ""),
    "DPM adaptive": ("dpm_adaptive", ""),
    "ddim ddim_uniform": ("ddim", "ddim_uniform"),
    "DDIM": ("ddim", ""),
    "lcm beta": ("lcm", "beta"),
    "DDIM CFG++": ("", ""),
    "PLMS": ("plms", ""),
    "heunpp2": ("heunpp2", ""),
    "HeunPP2": ("heunpp2", ""),
    "DPM++ 2M SDE Heun Karras": ("dpmpp_2m_sde_heun", "karras"),
    "dpmpp_2m_sde_heun_gpu": ("dpmpp_2m_sde_heun", ""),
    "Euler a CFG++": ("euler_ancestral_cfg_pp", ""),
    "euler_ancestral_cfg_pp": ("euler_ancestral_cfg_pp", ""),
    "IPNDM_V": ("ipndm_v", ""),
    "Res Multistep": ("res_multistep", ""),
    "SA-Solver PECE": ("sa_solver_pece", ""),
    "Gradient Estimation Beta": ("gradient_estimation", "beta"),
    "er_sde": ("er_sde", ""),
    "seeds_3": ("seeds_3", ""),
    "DPM++ 2S": ("", ""),
    "Kohaku_LoNyu_Yog": ("", ""),
}


@pytest.mark.parametrize("name", NAMED)
def test_samplers_and_schedules_joined_and_spelt_out(name: str) -> None:
    """In a text of nobody's, so that no program's own rule helps."""
    found = parse(
        {"parameters": f"x\nSteps: 5, Sampler: {name}, CFG scale: 1, Seed: 1, App: another"}
    )
    assert found is not None
    assert (found.request.get("sampler", ""), found.request.get("schedule", "")) == NAMED[name]
    assert (f"Sampler: {name}" in found.ignored) == (bool(name) and not NAMED[name][0])


@pytest.mark.parametrize(
    "key",
    ["Schedule type", "Scheduler", "Noise Schedule", "Sampler sigma", "schedule type", "SCHEDULE"],
)
@pytest.mark.parametrize(
    ("word", "schedule"),
    [
        ("Karras", "karras"),
        ("SGM Uniform", "sgm_uniform"),
        ("Align Your Steps", "align_your_steps"),
        ("KL Optimal", "kl_optimal"),
        ("align your steps GITS", ""),
        ("Turbo", "turbo"),
        ("GITS", "gits"),
        ("default", ""),
        ("of tomorrow", ""),
    ],
)
def test_schedules_under_every_key(key: str, word: str, schedule: str) -> None:
    found = parse(
        {
            "parameters": (
                f"x\nSteps: 5, Sampler: Euler, {key}: {word}, CFG scale: 1, Seed: 1, App: another"
            )
        }
    )
    assert found is not None and found.request.get("schedule", "") == schedule
    assert (f"{key}: {word}" in found.ignored) == (word not in ("default",) and not schedule)


@pytest.mark.parametrize(
    ("sampler", "version", "stated", "likely"),
    [
        ("DPM++ 2M", "v1.6.0", "discrete", None),
        ("DPM++ 2M", "v1.10.1", "karras", None),
        ("Euler a", "v1.9.4", "discrete", None),
        ("Restart", "v1.7.0", "karras", None),
        ("DPM++ 2M", "f0.0.17v1.8.0rc-latest", "discrete", None),
        ("DPM++ 2M SDE", "f2.0.1v1.10.1", "exponential", None),
        ("DPM++ 2M", "", None, "discrete"),
        ("Euler a", "", None, "discrete"),
        ("Euler a", "ComfyUI", None, None),
        ("Euler a", "Fooocus v2.5", None, None),
        ("DDIM CFG++", "v1.6.0", None, None),
        ("DDIM CFG++", "", None, None),
    ],
)
def test_a_schedule_is_told_by_its_programs_rule_or_not_at_all(
    sampler: str, version: str, stated: str | None, likely: str | None
) -> None:
    """Before 1.9 no suffix meant the model's own; from then on no key means "Automatic";
    without a version nobody knows."""
    found = parse(
        {
            "parameters": (
                f"x\nSteps: 5, Sampler: {sampler}, CFG scale: 1, Seed: "
                f"1{f', Version: {version}' if version else ''}"
            )
        }
    )
    assert found is not None
    assert found.request.get("schedule") == stated and found.likely.get("schedule") == likely
    assert any(note.startswith("schedule") for note in found.approximated) == (likely is not None)


@pytest.mark.parametrize(
    ("pairs", "compatibility", "noise"),
    [
        ("Version: v1.10.1", "a1111", {"source": "philox"}),
        ("Version: f2.0.1v1.10.1-previous", "a1111", {"source": "philox"}),
        ("Model: m", "a1111", {"source": "philox"}),
        ("RNG: CPU, Version: v1.6.0", "a1111", {"source": "cpu"}),
        ("RNG: NV, Version: v1.6.0", "a1111", {"source": "philox"}),
        ("Version: ComfyUI", "comfyui", {"source": "philox"}),
        ("App: SD.Next", None, None),
        ("RNG: cuda, Version: stable-diffusion.cpp", None, {"source": "philox"}),
        ("ENSD: 31337, Version: v1.6.0", "a1111", {"source": "philox", "seed_delta": 31337}),
        (
            "Variation seed: 9, Variation seed strength: 0.5, ENSD: x, Version: v1.6.0",
            "a1111",
            {"source": "philox", "variation_seed": 9, "variation_strength": 0.5},
        ),
        (
            "Variation seed: -3, Variation seed strength: 7, Version: v1.6.0",
            "a1111",
            {"source": "philox"},
        ),
    ],
)
def test_whose_noise_and_ways_a_recipe_asks_for(
    pairs: str, compatibility: str | None, noise: object
) -> None:
    found = parse({"parameters": f"x\nSteps: 5, Sampler: Euler, CFG scale: 1, Seed: 1, {pairs}"})
    assert found is not None
    assert (
        found.request.get("compatibility") == compatibility and found.request.get("noise") == noise
    )


HASH = "6ce0161689"
SHAPES = [
    (
        (
            "a\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512, Model: m1\n"
            "Template: a {red|blue} house\nof two lines\nNegative Template: fog"
        ),
        {"prompt": "a", "model": "m1"},
        ("Template: a {red|blue} house\nof two lines", "Negative Template: fog"),
    ),
    (
        (
            "a\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 512x512\n"
            "Used embeddings: soft [1234], hard\nTime taken: 3 sec."
        ),
        {"prompt": "a", "width": 512},
        ("Used embeddings: soft [1234], hard", "Time taken: 3 sec."),
    ),
    (
        "a\nSteps: 20, Sampler: Euler a,\nSeed: 5, Size: 512x512, Model: m1",
        {"prompt": "a", "steps": 20, "seed": 5, "model": "m1"},
        (),
    ),
    (
        (
            "a\nSteps: 3, Sampler: LMS, Seed: 8, Size: 64x64\nb\n"
            "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5"
        ),
        {"prompt": "a\nSteps: 3, Sampler: LMS, Seed: 8, Size: 64x64\nb", "steps": 20},
        (),
    ),
    (
        "a Negative prompt: b Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5",
        {"prompt": "a", "negative_prompt": "b", "seed": 5},
        (),
    ),
    (
        "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5",
        {"prompt": "", "negative_prompt": "", "seed": 5},
        (),
    ),
    (
        "{a|b} house\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5",
        {"prompt": "{a|b} house"},
        (),
    ),
    ("[a:b:0.5]\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5", {"prompt": "[a:b:0.5]"}, ()),
    (
        "a\nNegative Prompt: b\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5",
        {"prompt": "a", "negative_prompt": "b"},
        (),
    ),
    (
        "a\r\nNegative prompt: b\r\nc\r\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5\r\n \r\n",
        {"prompt": "a", "negative_prompt": "b\nc"},
        (),
    ),
    (
        "a\nsteps: 20, SAMPLER: euler, Cfg Scale: 7,5, seed: 5, size: 512 × 768, clip_skip: 2",
        {"steps": 20, "guidance": 7.5, "width": 512, "height": 768, "clip_skip": 2},
        (),
    ),
    (
        "a\nSteps: 20.0, Sampler: Euler, CFG: 7, Seed: 5.0, Size: 512.0 x 768.0 px",
        {"steps": 20, "guidance": 7.0, "seed": 5, "height": 768},
        (),
    ),
    (
        "a\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Seed: 6, Size: 8x8 , Size: 64X128",
        {"seed": 6, "width": 64, "height": 128},
        (),
    ),
    ("a\nSteps: 20, Sampler: Euler, Seed: 5, Clip skip: -2", {"clip_skip": 2}, ()),
    ("a\nSteps: 20, Sampler: Euler, Seed: 5, Clip skip: 0", {"clip_skip": 1}, ()),
    (
        f"a\nSteps: 20, Sampler: Euler, Seed: 5, Model hash: {HASH.upper()}, Model: m [abcdef12]",
        {"model_hash": HASH, "model": "m"},
        (),
    ),
    (
        "a\nSteps: 20, Sampler: Euler, Seed: 5, Model: m.safetensors [abcdef12]",
        {"model_hash": "abcdef12", "model": "m.safetensors"},
        (),
    ),
    ("a\nSteps: 20, Sampler: Euler, Seed: 5, Model hash: unknown, VAE: Automatic", {"seed": 5}, ()),
    (
        (
            'a\nSteps: 20, Sampler: Euler, Seed: 5, Hashes: {"vae": "735e4c3a44", "model": '
            '"6ce0161689"}, Model: m'
        ),
        {"model_hash": HASH, "model": "m"},
        (),
    ),
    (
        (
            "a\nSteps: 20, Sampler: Euler, Seed: 5, Civitai resources: "
            '[{"type":"checkpoint","modelName":"Big, '
            'one"},{"type":"lora","weight":0.5,"modelName":"L"}], Civitai metadata: {}, Size: 64x64'
        ),
        {"model": "Big, one", "width": 64},
        ("lora: L, weight 0.5",),
    ),
    (
        'a\nSteps: 20, Sampler: Euler, ADetailer prompt: "a, \\"b\\"\\nSteps: 3", Seed: 5',
        {"seed": 5, "steps": 20},
        ('ADetailer prompt: a, "b"\nSteps: 3',),
    ),
    (
        'a\nSteps: 20, Sampler: Euler, ADetailer prompt: "a,\nSeed: 9", Seed: 5',
        {"seed": 5, "steps": 20, "prompt": "a"},
        ("ADetailer prompt: a,\nSeed: 9",),
    ),
    (
        'a\nSteps: 20, Sampler: Euler, ADetailer prompt: "a "b", c", Seed: 5',
        {"seed": 5},
        ('ADetailer prompt: a "b", c',),
    ),
    (
        'a\nSteps: 20, Sampler: Euler, Tiled: {"Seed": 9, "x": [1, {"y": "}"}]}, Seed: 5',
        {"seed": 5},
        ('Tiled: {"Seed": 9, "x": [1, {"y": "}"}]}',),
    ),
    (
        (
            "a\nSteps: 20, Sampler: Euler, Seed: 5, Size: 512x512, Hires upscale: 2, Hires steps: "
            "9, Denoising strength: 0.5"
        ),
        {
            "steps": 20,
            "width": 1024,
            "denoising_strength": 0.5,
            "hires": {
                "mode": "by_hand",
                "scale": 2.0,
                "steps": 9,
                "strength": 0.5,
                "upscaler": "latent",
            },
        },
        (),
    ),
    (
        "a\nSteps: 20, Sampler: Euler, Seed: 5, CFG scale: 1, Distilled CFG Scale: 3.5",
        {"guidance": 3.5},
        (),
    ),
    ("a\nSteps: 20, Sampler: Euler, Seed: 5, Size: big", {"seed": 5}, ("Size: big",)),
]


@pytest.mark.parametrize(("text", "expected", "ignored"), SHAPES)
def test_shapes_of_the_field(text: str, expected: dict[str, Any], ignored: tuple[str, ...]) -> None:
    found = parse({"parameters": text})
    assert found is not None
    assert {key: found.request.get(key) for key in expected} == expected
    assert found.ignored == ignored
    fields = {
        "steps",
        "seed",
        "guidance",
        "sampler",
        "width",
        "height",
        "clip_skip",
        "model",
        "model_hash",
        "denoising_strength",
        "eta",
        "vae",
    }
    if "seed" in expected and len(expected) == 1:
        assert not (fields - {"steps", "seed", "sampler", "guidance"}) & found.request.keys()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a photo of mine",
        "Title: a, Author: b, Date: c",
        "Steps: to the house, Sampler: of wines",
        '{"prompt": "x", "steps": 20, "seed": 1}',
        '{"a": "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 5"}',
        "[" * 2000 + "]" * 2000,
        "masterpiece, best: 1, x: 2, y: 3",
        "Model: a\nSize: small",
    ],
)
def test_what_is_no_recipe_is_none(text: str) -> None:
    assert parse({"parameters": text}) is None


def _is_free(line: str) -> bool:
    """Whether a prompt may hold the line: it does not look like the web UI's own two."""
    return not any(
        line.strip().lower().startswith(f"{key}:")
        for key in (
            "negative prompt",
            "steps",
            "sampler",
            "seed",
            "size",
            "cfg scale",
            "model",
            "sampling steps",
        )
    )


WORDS = st.text(
    st.characters(
        blacklist_categories=("Cs",),
        blacklist_characters="\r\n\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ufeff",
    ),
    max_size=60,
).filter(_is_free)
PROMPT = (
    st.lists(WORDS, max_size=4)
    .map(lambda lines: "\n".join(lines).strip())
    .filter(lambda text: _is_free(text.split("\n")[0]))
)
VALUE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40
)


@settings(max_examples=300, deadline=None)
@given(
    prompt=PROMPT,
    negative=PROMPT,
    model=VALUE,
    extra=st.dictionaries(
        st.from_regex(r"[A-Z][a-z]{1,9} [a-z]{1,9} [0-9]", fullmatch=True), VALUE, max_size=4
    ),
    seed=st.integers(0, 2**64 - 1),
    steps=st.integers(1, 150),
    guidance=st.integers(1, 60).map(lambda n: n / 2),
    width=st.integers(8, 256),
    height=st.integers(8, 256),
)
def test_what_is_written_by_the_web_uis_rules_comes_back(  # noqa: PLR0917 - drawn by hypothesis
    prompt: str,
    negative: str,
    model: str,
    extra: dict[str, str],
    seed: int,
    steps: int,
    guidance: float,
    width: int,
    height: int,
) -> None:
    """Written as its sources say: a JSON string where a value holds a comma, colon or line end; no
    line for an empty negative prompt."""
    import json

    def quoted(value: str) -> str:
        return (
            json.dumps(value, ensure_ascii=False)
            if any(mark in value for mark in ",\n:")
            else value
        )

    pairs = {
        "Steps": steps,
        "Sampler": "DPM++ 2M SDE",
        "Schedule type": "Karras",
        "CFG scale": guidance,
        "Seed": seed,
        "Size": f"{8 * width}x{8 * height}",
        "Model": model,
        **extra,
    }
    line = ", ".join(f"{key}: {quoted(str(value))}" for key, value in pairs.items())
    text = "\n".join(
        [prompt, *([f"Negative prompt: {negative}"] if negative else []), line]
    ).strip()
    found = parse({"parameters": text})
    assert found is not None
    assert (found.request["prompt"], found.request["negative_prompt"]) == (prompt, negative)
    assert (
        found.request["seed"],
        found.request["steps"],
        found.request["guidance"],
        found.request["width"],
    ) == (seed, steps, guidance, 8 * width)
    assert found.request["sampler"] == "dpmpp_2m_sde" and found.request["schedule"] == "karras"


@pytest.mark.parametrize(
    ("line", "sampler"),
    [
        ("Sampler: UniPC, Version: v1.10.1", "unipc_bh1"),
        ("Sampler: UniPC, UniPC variant: bh2, Version: v1.10.1", "unipc"),
        ("Sampler: uni_pc, Version: ComfyUI", "unipc_bh1"),
        ("Sampler: uni_pc_bh2, Version: ComfyUI", "unipc"),
        ("Sampler: UniPC, App: another", "unipc"),
        ("Sampler: UniPC, UniPC variant: bh1, Version: Calotype 1.0", "unipc_bh1"),
        ("Sampler: UniPC, Version: Calotype 1.0", "unipc"),
    ],
)
def test_which_unipc_is_meant(line: str, sampler: str) -> None:
    """The web UI's and ComfyUI's default is bh1; both name the other one."""
    found = parse({"parameters": f"x\nSteps: 5, CFG scale: 1, Seed: 1, Size: 64x64, {line}"})
    assert found is not None and found.request["sampler"] == sampler
    assert not any("variant" in one for one in found.ignored)


@pytest.mark.parametrize("kind", ["png", "webp", "avif", "jpeg"])
def test_transparency_is_written_where_the_kind_has_it(tmp_path: Path, kind: str) -> None:
    alpha = bytes([0, 255, 60, 200] * 16)
    pixels = Pixels(8, 8, PIXELS.rgb, alpha)
    data, ending = encode(pixels, Recipe(Request("a cat", seed=1)), kind)
    assert ending == {"webp": ".webp", "avif": ".avif"}.get(kind, ".png")  # JPEG has none
    path = tmp_path / f"x{ending}"
    path.write_bytes(data)
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        if kind != "avif":
            # hidden colours are kept too: the hash of the pixels counts them
            assert image.convert("RGB").tobytes() == PIXELS.rgb
            assert image.getchannel("A").tobytes() == alpha
    assert pixels.sha256 == PIXELS.sha256
    found = read_file(path)
    assert found.recipe is not None and found.recipe.request.prompt == "a cat"
