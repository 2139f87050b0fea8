"""What stands between a decoded picture and sRGB: its frames, which way up it is, its colour
profile, its number of bits.

A colour profile says what the numbers of a picture mean (ISO 15076-1, ICC.1); without one they are
taken as sRGB. The orientation is that of EXIF 2.32, 4.6.4 A.
"""

from __future__ import annotations

import io
from itertools import product
from typing import Any, cast

from PIL import ExifTags, Image, ImageChops, ImageCms

from core.metadata.reading import decoding, in_rgb
from core.system.errors import WorldError

# what makes a picture upright, by its orientation
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = range(5, 9)
_LEVELS = range(0, 256, 17)  # of each channel, where a profile is compared with sRGB
_ROUNDING = 1  # how far a profile that says sRGB may be from it, of 255


def upright_in_srgb(image: Image.Image, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture of an opened file in RGB, or in RGBA where it is not opaque everywhere, and
    sentences about what was not used; `name` is the file's in them.

    To be called within `decoding`.
    """
    notes: list[str] = []
    # of the pictures in one file of JPEG the further ones belong to the first: a preview, a depth
    if image.format != "MPO" and getattr(image, "is_animated", False):
        notes.append(f"{name} is animated: its first frame is used.")
    image.load()
    orientation = _orientation(image, name)
    profile = cast("object", image.info.get("icc_profile", b""))
    if image.mode == "CMYK":
        image = _ink_as_stored(image)
    try:
        with decoding(name):
            colours = _by_profile(image, profile)
    except WorldError:  # which costs the picture no more than the profile
        notes.append(f"The colour profile of {name} cannot be used: its colours are taken as sRGB.")
        colours = _plain(image)
    if colours.mode == "RGBA" and colours.getchannel("A").getextrema() == (255, 255):
        colours = colours.convert("RGB")
    turned = _UPRIGHT.get(orientation)
    return colours if turned is None else colours.transpose(turned), tuple(notes)


def upright_size(image: Image.Image, name: str) -> tuple[int, int]:
    """Width and height in pixels of the picture of an opened file as `upright_in_srgb` gives it;
    nothing is decoded."""
    if image.format == "PNG" and "exif" not in image.info:  # else it is looked for behind pixels
        return image.size
    width, height = image.size
    return (height, width) if _orientation(image, name) in _ON_ITS_SIDE else (width, height)


def _orientation(image: Image.Image, name: str) -> int:
    """1 to 8; 1, which is upright, where the notes say nothing or are damaged."""
    try:
        with decoding(name):
            said = cast("object", image.getexif().get(ExifTags.Base.Orientation, 1))
    except WorldError:
        return 1
    return said if isinstance(said, int) else 1


def _ink_as_stored(image: Image.Image) -> Image.Image:
    """CMYK with 255 as full ink. Adobe's programs store 255 as no ink and say so in a segment of
    their own; Pillow takes every file as one of theirs."""
    is_adobes = "adobe" in image.info
    return image if is_adobes else ImageChops.invert(image)


def _plain(image: Image.Image) -> Image.Image:
    """In RGB or RGBA; the image itself where it is that already."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    return in_rgb(image)


def _by_profile(image: Image.Image, raw: object) -> Image.Image:
    """The picture in sRGB, RGB or RGBA, as its profile says; b"" is no profile. Raises what the
    reader of profiles raises, and WorldError for a profile of other channels than the picture's."""
    if raw == b"":
        return _plain(image)
    if not isinstance(raw, bytes):  # it could not be unpacked
        raise WorldError("The profile is damaged.")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(raw))
    space = raw[16:20].strip()  # of its numbers (ICC.1, 7.2)
    if space == b"CMYK" and image.mode == "CMYK":
        return _transformed(image, profile)
    colours = _plain(image)
    solid = colours.convert("RGB") if colours.mode == "RGBA" else colours
    if space == b"GRAY" and _is_grey(solid):
        converted = _transformed(solid.getchannel("R"), profile)
    elif space == b"RGB" and image.mode != "CMYK":
        converted = solid if _says_srgb(profile) else _transformed(solid, profile)
    else:
        raise WorldError("The profile is one of other channels.")
    if colours.mode == "RGBA":
        converted.putalpha(colours.getchannel("A"))
    return converted


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue))


def _says_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether it changes nothing but roundings: then the pixels stay as they are."""
    numbers = bytes(level for colour in product(_LEVELS, repeat=3) for level in colour)
    patches = Image.frombytes("RGB", (len(_LEVELS) ** 2, len(_LEVELS)), numbers)
    change = ImageChops.difference(patches, _transformed(patches, profile))
    ranges = cast("tuple[tuple[int, int], ...]", change.getextrema())
    return all(most <= _ROUNDING for _, most in ranges)


def _transformed(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """Colours between sRGB and the profile's stay what they are beside white, as most programs have
    it; the darkest of the profile becomes black."""
    transform = ImageCms.buildTransform(
        profile,
        cast("Any", ImageCms).createProfile("sRGB"),  # whose type Pillow leaves unknown
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # it was not asked to write into the image
    return converted
