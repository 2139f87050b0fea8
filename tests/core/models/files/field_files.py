"""Files of the field: names and shapes of tensors as their authors, diffusers, ComfyUI and the
trainers write them, and what each is.

A row: the file's name for people, tensors, kind, family, variant ("" is not asked),
and whether it can be used by itself ("ready"), which a file with a problem cannot.
Few tensors stand for all; the names are real.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.core.models.files import layouts
from tests.core.models.files.layouts import Shapes

_XL_TEXT = layouts.XL_TEXT


@dataclass(frozen=True)
class File:
    name: str
    shapes: Shapes
    kind: str
    family: str = ""
    variant: str = ""
    ready: bool = False


def some(names: str, shape: tuple[int, ...] = (64, 64), **more: tuple[int, ...]) -> Shapes:
    """Tensors of these names, parted by blanks."""
    return dict.fromkeys(names.split(), shape) | more


def within(prefix: str, shapes: Shapes) -> Shapes:
    return {prefix + name: shape for name, shape in shapes.items()}


LDM = "model.diffusion_model."
FLUX_DIFFUSERS: Shapes = {
    "x_embedder.weight": (3072, 64),
    "context_embedder.weight": (3072, 4096),
    "transformer_blocks.0.attn.to_q.weight": (3072, 3072),
    "transformer_blocks.0.attn.add_k_proj.weight": (3072, 3072),
    "time_text_embed.timestep_embedder.linear_1.weight": (3072, 256),
    "single_transformer_blocks.0.attn.to_q.weight": (3072, 3072),
    "time_text_embed.guidance_embedder.linear_1.weight": (3072, 256),
}
FLUX = layouts.flux(guidance=True)
CHROMA: Shapes = {
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 4096),
    "distilled_guidance_layer.in_proj.weight": (5120, 64),
    "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
    "single_blocks.0.linear1.weight": (21504, 3072),
}
SD3_DIFFUSERS: Shapes = {
    "pos_embed.proj.weight": (1536, 16, 2, 2),
    "context_embedder.weight": (1536, 4096),
    "transformer_blocks.0.attn.to_q.weight": (1536, 1536),
    "transformer_blocks.0.attn.add_k_proj.weight": (1536, 1536),
    "time_text_embed.text_embedder.linear_1.weight": (1536, 2048),
}
UNET_XL: Shapes = {
    "conv_in.weight": (320, 4, 3, 3),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
    "add_embedding.linear_1.weight": (1280, 2816),
    "up_blocks.0.resnets.0.conv1.weight": (1280, 2560, 3, 3),
}
UNET_15: Shapes = {
    "conv_in.weight": (320, 4, 3, 3),
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 768),
    "up_blocks.1.resnets.0.conv1.weight": (1280, 2560, 3, 3),
}
CONTROL_15: Shapes = {
    "conv_in.weight": (320, 4, 3, 3),
    "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
    "controlnet_down_blocks.0.weight": (320, 320, 1, 1),
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 768),
}
LDM_VAE: Shapes = {
    "encoder.conv_in.weight": (128, 3, 3, 3),
    "decoder.conv_in.weight": (512, 4, 3, 3),
    "decoder.up.3.block.0.conv1.weight": (512, 512, 3, 3),
    "decoder.up.2.block.0.conv1.weight": (512, 512, 3, 3),
    "decoder.conv_out.weight": (3, 128, 3, 3),
    "post_quant_conv.weight": (4, 4, 1, 1),
}
VAE_DIFFUSERS: Shapes = {
    "encoder.conv_in.weight": (128, 3, 3, 3),
    "decoder.conv_in.weight": (512, 4, 3, 3),
    "decoder.conv_out.weight": (3, 128, 3, 3),
    "decoder.up_blocks.3.resnets.0.conv1.weight": (128, 256, 3, 3),
    "decoder.up_blocks.2.resnets.0.conv1.weight": (256, 512, 3, 3),
}
KOLORS: Shapes = {
    "conv_in.weight": (320, 4, 3, 3),
    "encoder_hid_proj.weight": (2048, 4096),
    "add_embedding.linear_1.weight": (1280, 5632),
    "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
}
PIXART: Shapes = {
    "adaln_single.linear.weight": (6912, 1152),
    "caption_projection.linear_1.weight": (1152, 4096),
    "pos_embed.proj.weight": (1152, 4, 2, 2),
    "transformer_blocks.0.attn1.to_q.weight": (1152, 1152),
    "transformer_blocks.0.attn2.to_k.weight": (1152, 1152),
}
QWEN: Shapes = {
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 3584),
    "txt_norm.weight": (3584,),
    "transformer_blocks.0.attn.add_k_proj.weight": (3072, 3072),
    "transformer_blocks.0.img_mod.1.weight": (18432, 3072),
    "transformer_blocks.0.txt_mlp.net.0.proj.weight": (12288, 3072),
}
WAN: Shapes = {
    "patch_embedding.weight": (5120, 16, 1, 2, 2),
    "text_embedding.0.weight": (5120, 4096),
    "blocks.0.self_attn.q.weight": (5120, 5120),
    "blocks.0.cross_attn.k.weight": (5120, 5120),
    "head.modulation": (1, 2, 5120),
}
ANIMA: Shapes = {
    "x_embedder.proj.1.weight": (2048, 68),
    "blocks.0.cross_attn.k_proj.weight": (2048, 1024),
    "blocks.0.adaln_modulation_self_attn.1.weight": (256, 2048),
    "blocks.0.mlp.layer1.weight": (8192, 2048),
    "llm_adapter.blocks.0.cross_attn.q_proj.weight": (1024, 1024),
    "final_layer.linear.weight": (64, 2048),
}
ZIMAGE: Shapes = {
    "cap_embedder.0.weight": (2560,),
    "cap_embedder.1.weight": (3840, 2560),
    "noise_refiner.0.attention.qkv.weight": (11520, 3840),
    "context_refiner.0.attention.qkv.weight": (11520, 3840),
    "layers.0.attention.qkv.weight": (11520, 3840),
    "cap_pad_token": (1, 3840),
}
LUMINA2: Shapes = {
    "cap_embedder.0.weight": (2304,),
    "cap_embedder.1.weight": (2304, 2304),
    "noise_refiner.0.attention.qkv.weight": (3840, 2304),
    "context_refiner.0.attention.qkv.weight": (3840, 2304),
    "layers.0.attention.qkv.weight": (3840, 2304),
    "x_embedder.weight": (2304, 64),
}
HUNYUAN_VIDEO: Shapes = {
    "img_in.proj.weight": (3072, 16, 1, 2, 2),
    "txt_in.individual_token_refiner.blocks.0.self_attn_qkv.weight": (9216, 3072),
    "double_blocks.0.img_attn_qkv.weight": (9216, 3072),
    "double_blocks.0.img_mlp.fc1.weight": (12288, 3072),
    "single_blocks.0.linear1.weight": (21504, 3072),
}
SVD: Shapes = (
    within(
        LDM,
        {
            "input_blocks.0.0.weight": (320, 8, 3, 3),
            "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
            "input_blocks.1.1.time_stack.0.attn1.to_q.weight": (320, 320),
        },
    )
    | layouts.VAE
)

DENOISERS = (
    File("FLUX.1 dev", FLUX, "checkpoint", "flux", "dev"),
    File(
        "FLUX.1 schnell in ComfyUI's file",
        within(LDM, layouts.flux(guidance=False)) | within("vae.", LDM_VAE),
        "checkpoint",
        "flux",
        "schnell",
    ),
    File("FLUX.1 dev of diffusers", FLUX_DIFFUSERS, "checkpoint", "flux", "dev"),
    File(
        "FLUX.1 Fill of diffusers",
        FLUX_DIFFUSERS | {"x_embedder.weight": (3072, 384)},
        "checkpoint",
        "flux",
        "fill",
    ),
    File("FLUX.1 Depth", layouts.flux(guidance=True, entry=128), "checkpoint", "flux", "control"),
    File(
        "FLUX.1 in fp8 with scales",
        FLUX | {"double_blocks.0.img_attn.qkv.scale_weight": (), "scaled_fp8": (2,)},
        "checkpoint",
        "flux",
        "dev",
    ),
    File(
        "FLUX.1 in nf4",
        FLUX
        | {
            "double_blocks.0.img_attn.qkv.weight": (14155776, 1),
            "double_blocks.0.img_attn.qkv.weight.absmax": (442368,),
            "double_blocks.0.img_attn.qkv.weight.quant_state.bitsandbytes__nf4": (83,),
        },
        "checkpoint",
        "flux",
        "dev",
    ),
    File(
        "FLUX.2",
        {
            "double_stream_modulation_img.lin.weight": (36864, 6144),
            "double_blocks.0.img_attn.qkv.weight": (18432, 6144),
            "img_in.weight": (6144, 128),
            "single_blocks.0.linear1.weight": (55296, 6144),
        },
        "checkpoint",
        "flux2",
    ),
    File(
        "FLUX.2 of diffusers",
        {
            "double_stream_modulation_img.linear.weight": (36864, 6144),
            "single_transformer_blocks.0.attn.to_qkv_mlp_proj.weight": (55296, 6144),
            "transformer_blocks.0.attn.to_q.weight": (6144, 6144),
            "x_embedder.weight": (6144, 128),
        },
        "checkpoint",
        "flux2",
    ),
    File("Chroma", CHROMA, "checkpoint", "", "Chroma"),
    File("Chroma in ComfyUI's file", within(LDM, CHROMA), "checkpoint", "", "Chroma"),
    File(
        "Chroma of diffusers",
        {name: shape for name, shape in FLUX_DIFFUSERS.items() if "guidance_embedder" not in name}
        | {"distilled_guidance_layer.layers.0.linear_1.weight": (5120, 5120)},
        "checkpoint",
        "",
        "Chroma",
    ),
    File(
        "Chroma Radiance",
        {
            "nerf_blocks.0.param_generator.weight": (8, 8),
            "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
        },
        "checkpoint",
        "",
    ),
    File("HunyuanVideo", HUNYUAN_VIDEO, "unknown", "", "video"),
    File(
        "HunyuanVideo of diffusers",
        {
            "context_embedder.token_refiner.refiner_blocks.0.attn.to_q.weight": (3072, 3072),
            "x_embedder.proj.weight": (3072, 16, 1, 2, 2),
            "single_transformer_blocks.0.attn.to_q.weight": (3072, 3072),
            "transformer_blocks.0.attn.add_k_proj.weight": (3072, 3072),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "HunyuanImage",
        {
            "img_in.proj.weight": (3584, 64, 1, 1),
            "txt_in.individual_token_refiner.blocks.0.self_attn.qkv.weight": (10752, 3584),
            "byt5_in.fc1.weight": (2048, 1472),
            "double_blocks.0.img_attn.qkv.weight": (10752, 3584),
        },
        "checkpoint",
        "",
    ),
    File(
        "HiDream",
        some(
            "double_stream_blocks.0.block.attn1.to_q.weight "
            "single_stream_blocks.0.block.attn1.to_q.weight caption_projection.0.linear.weight"
        ),
        "checkpoint",
    ),
    File(
        "AuraFlow",
        some(
            "model.register_tokens model.double_layers.0.attn.w1q.weight "
            "model.single_layers.0.attn.w1q.weight"
        ),
        "checkpoint",
    ),
    File(
        "AuraFlow of diffusers",
        some(
            "register_tokens joint_transformer_blocks.0.attn.to_q.weight "
            "single_transformer_blocks.0.attn.to_q.weight pos_embed.proj.weight"
        ),
        "checkpoint",
    ),
    File(
        "Bria",
        {**FLUX_DIFFUSERS, "time_embed.timestep_embedder.linear_1.weight": (3072, 256)},
        "checkpoint",
    ),
    File(
        "Ovis-Image",
        {
            **FLUX_DIFFUSERS,
            "context_embedder_norm.weight": (2048,),
            "context_embedder.weight": (3072, 2048),
        },
        "checkpoint",
    ),
    File("SD 3 medium", layouts.sd3(24), "checkpoint", "sd3", "3-medium"),
    File(
        "SD 3.5 large with text encoders",
        layouts.sd3(38)
        | within("first_stage_model.", LDM_VAE)
        | some("text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.weight"),
        "checkpoint",
        "sd3",
        "3.5-large",
    ),
    File("SD 3 of diffusers", SD3_DIFFUSERS, "checkpoint", "sd3", "3-medium"),
    File("Kolors", KOLORS, "checkpoint", "", "Kolors"),
    File(
        "Kolors without its projection",
        {name: shape for name, shape in KOLORS.items() if "hid_proj" not in name},
        "checkpoint",
        "",
        "Kolors",
    ),
    File(
        "Kolors in the original layout",
        within(
            LDM,
            {
                "input_blocks.0.0.weight": (320, 4, 3, 3),
                "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (640, 2048),
                "label_emb.0.0.weight": (1280, 5632),
                "encoder_hid_proj.weight": (2048, 4096),
            },
        ),
        "checkpoint",
        "",
        "Kolors",
    ),
    File("PixArt of diffusers", PIXART, "checkpoint", "", "PixArt"),
    File(
        "PixArt",
        some(
            "y_embedder.y_proj.fc1.weight t_block.1.weight x_embedder.proj.weight "
            "blocks.0.cross_attn.kv_linear.weight"
        ),
        "checkpoint",
        "",
        "PixArt",
    ),
    File(
        "HunyuanDiT",
        {
            "text_embedding_padding": (333, 1024),
            "mlp_t5.0.weight": (8192, 2048),
            "pooler.q_proj.weight": (2048, 2048),
            "x_embedder.proj.weight": (1408, 4, 2, 2),
            "blocks.0.attn2.kv_proj.weight": (2816, 1024),
        },
        "checkpoint",
        "",
        "HunyuanDiT",
    ),
    File(
        "HunyuanDiT of diffusers",
        {
            "text_embedding_padding": (333, 1024),
            "pos_embed.proj.weight": (1408, 4, 2, 2),
            "blocks.0.attn2.to_k.weight": (1408, 1024),
        },
        "checkpoint",
    ),
    File(
        "Sana",
        {
            "attention_y_norm.weight": (2240,),
            "blocks.0.mlp.inverted_conv.conv.weight": (11200, 2240, 1, 1),
            "y_embedder.y_proj.fc1.weight": (2240, 2304),
            "x_embedder.proj.weight": (2240, 32, 1, 1),
        },
        "checkpoint",
        "",
        "Sana",
    ),
    File(
        "Sana of diffusers",
        {
            "caption_norm.weight": (2240,),
            "transformer_blocks.0.ff.conv_inverted.weight": (11200, 2240, 1, 1),
            "caption_projection.linear_1.weight": (2240, 2304),
            "transformer_blocks.0.attn2.to_k.weight": (2240, 2240),
            "patch_embed.proj.weight": (2240, 32, 1, 1),
        },
        "checkpoint",
        "",
        "Sana",
    ),
    File("Z-Image", ZIMAGE, "checkpoint", "", "Z-Image"),
    File("Lumina 2", LUMINA2, "checkpoint", "", "Lumina 2"),
    File(
        "Z-Image of diffusers",
        some(
            "all_x_embedder.2-1.weight all_final_layer.2-1.linear.weight "
            "noise_refiner.0.attention.to_q.weight layers.0.attention.to_q.weight"
        ),
        "checkpoint",
        "",
        "Z-Image",
    ),
    File("Qwen-Image", QWEN, "checkpoint", "", "Qwen-Image"),
    File("Qwen-Image in ComfyUI's file", within(LDM, QWEN), "checkpoint", "", "Qwen-Image"),
    File("Wan", WAN, "unknown", "", "video"),
    File("Wan in ComfyUI's file", within(LDM, WAN), "unknown", "", "video"),
    File(
        "Wan of diffusers",
        {
            "patch_embedding.weight": (5120, 16, 1, 2, 2),
            "condition_embedder.text_embedder.linear_1.weight": (5120, 4096),
            "blocks.0.attn2.to_k.weight": (5120, 5120),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "LTX-Video",
        {
            "patchify_proj.weight": (2048, 128),
            "adaln_single.linear.weight": (12288, 2048),
            "caption_projection.linear_1.weight": (2048, 4096),
            "transformer_blocks.0.attn2.to_k.weight": (2048, 2048),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "Mochi",
        some("blocks.0.attn.qkv_x.weight t5_y_embedder.to_kv.weight x_embedder.proj.weight"),
        "unknown",
        "",
        "video",
    ),
    File(
        "CogVideoX",
        some(
            "patch_embed.text_proj.weight patch_embed.proj.weight time_embedding.linear_1.weight "
            "transformer_blocks.0.norm1.linear.weight transformer_blocks.0.attn1.to_q.weight"
        ),
        "unknown",
        "",
        "video",
    ),
    File(
        "CogView 4",
        some(
            "patch_embed.text_proj.weight patch_embed.proj.weight "
            "time_condition_embed.timestep_embedder.linear_1.weight "
            "transformer_blocks.0.attn1.to_q.weight"
        ),
        "checkpoint",
    ),
    File(
        "Kandinsky 5",
        some(
            "visual_transformer_blocks.0.self_attention.to_query.weight "
            "text_transformer_blocks.0.self_attention.to_query.weight"
        ),
        "unknown",
        "",
        "video",
    ),
    File("Anima", within("net.", ANIMA), "checkpoint", "", "Anima"),
    File("Anima in ComfyUI's file", within(LDM, ANIMA), "checkpoint", "", "Anima"),
    File(
        "Cosmos-Predict2",
        within("net.", {name: shape for name, shape in ANIMA.items() if "llm_adapter" not in name}),
        "checkpoint",
        "",
        "Cosmos",
    ),
    File(
        "Stable Cascade C",
        some(
            "clip_txt_mapper.weight clip_txt_pooled_mapper.weight "
            "down_blocks.0.0.channelwise.0.weight embedding.1.weight"
        ),
        "checkpoint",
    ),
    File(
        "Stable Cascade B",
        some(
            "effnet_mapper.0.weight pixels_mapper.0.weight clip_mapper.weight "
            "down_blocks.0.0.channelwise.0.weight"
        ),
        "checkpoint",
    ),
    File("Stable Video Diffusion", SVD, "unknown", "", "video"),
    File(
        "Stable Video Diffusion of diffusers",
        {
            "conv_in.weight": (320, 8, 3, 3),
            "down_blocks.0.attentions.0.temporal_transformer_blocks.0.attn2.to_k.weight": (
                320,
                1024,
            ),
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "ModelScope",
        {
            "conv_in.weight": (320, 4, 3, 3),
            "transformer_in.proj_in.weight": (512, 320),
            "down_blocks.0.temp_convs.0.conv1.2.weight": (320, 320, 3, 1, 1),
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "DeepFloyd IF",
        {
            "conv_in.weight": (704, 3, 3, 3),
            "encoder_hid_proj.weight": (2816, 4096),
            "down_blocks.1.attentions.0.add_k_proj.weight": (1408, 2816),
        },
        "checkpoint",
        "",
        "DeepFloyd IF",
    ),
    File(
        "Kandinsky 2.2",
        {
            "conv_in.weight": (384, 4, 3, 3),
            "encoder_hid_proj.image_embeds.weight": (7680, 1280),
            "add_embedding.image_norm.weight": (1536,),
            "down_blocks.0.attentions.0.add_k_proj.weight": (768, 768),
        },
        "checkpoint",
        "",
        "Kandinsky 2",
    ),
    File(
        "unCLIP 2.1",
        layouts.ldm_unet(1024, pooled=2048)
        | layouts.VAE
        | layouts.OPEN_CLIP
        | {"noise_augmentor.data_mean": (1, 1024)},
        "checkpoint",
        "",
        "unCLIP",
    ),
    File(
        "unCLIP-l without its augmentor",
        layouts.ldm_unet(1024, pooled=1536) | layouts.VAE | layouts.OPEN_CLIP,
        "checkpoint",
        "",
        "unCLIP",
    ),
    File(
        "zero123",
        layouts.ldm_unet(768, 8) | layouts.VAE | {"cc_projection.weight": (768, 772)},
        "checkpoint",
        "",
        "zero123",
    ),
    File(
        "MVDream",
        layouts.ldm_unet(1024)
        | layouts.VAE
        | layouts.OPEN_CLIP
        | {LDM + "camera_embed.0.weight": (1280, 16)},
        "checkpoint",
        "",
        "MVDream",
    ),
    File(
        "latent diffusion's text2img",
        layouts.ldm_unet(1280)
        | layouts.VAE
        | some("cond_stage_model.transformer.token_emb.weight"),
        "checkpoint",
        "sd-unknown",
    ),
    File(
        "SD x2 latent upscaler",
        {
            "conv_in.weight": (384, 8, 1, 1),
            "time_proj.weight": (192,),
            "down_blocks.1.attentions.0.attn2.to_k.weight": (384, 768),
        },
        "checkpoint",
        "",
        "latent upscaler",
    ),
    File(
        "Marigold",
        {
            **UNET_15,
            "conv_in.weight": (320, 8, 3, 3),
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
        },
        "checkpoint",
        "sd21",
    ),
    File(
        "CosXL",
        layouts.XL | {"edm_vpred.sigma_max": (), "edm_vpred.sigma_min": ()},
        "checkpoint",
        "sdxl",
        "cosxl",
    ),
    File(
        "Playground 2.5",
        layouts.XL | {"edm_mean": (1, 4, 1, 1), "edm_std": (1, 4, 1, 1)},
        "checkpoint",
        "sdxl",
        "playground-v2.5",
    ),
    File(
        "GLIGEN",
        layouts.SD1 | {LDM + "position_net.linears.0.weight": (512, 832)},
        "checkpoint",
        "sd15",
        "gligen",
    ),
    File(
        "LCM's UNet",
        UNET_15 | {"time_embedding.cond_proj.weight": (320, 256)},
        "checkpoint",
        "sd15",
        "lcm",
    ),
    File(
        "SSD-1B",
        layouts.ldm_unet(2048, plan=(1, 2, 4), depths=(0, 2, 4), pooled=2816)
        | layouts.VAE
        | _XL_TEXT,
        "checkpoint",
        "",
        "pruned",
    ),
    File(
        "Wan VACE", WAN | {"vace_blocks.0.self_attn.q.weight": (5120, 5120)}, "unknown", "", "video"
    ),
    File(
        "Allegro",
        {
            **PIXART,
            "adaln_single.linear.weight": (13824, 2304),
            "pos_embed.proj.weight": (2304, 4, 2, 2),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "Sana Video",
        {
            "patch_embedding.weight": (2240, 16, 1, 2, 2),
            "transformer_blocks.0.ff.conv_inverted.weight": (13440, 2240, 1, 1),
            "caption_norm.weight": (2240,),
        },
        "unknown",
        "",
        "video",
    ),
    File(
        "DreamLite",
        UNET_XL | {"down_blocks.0.resnets.0.conv1.depthwise.weight": (320, 1, 3, 3)},
        "checkpoint",
        "",
        "DreamLite",
    ),
    File(
        "ERNIE-Image",
        some("text_proj.weight x_embedder.proj.weight layers.0.self_attention.to_q.weight"),
        "checkpoint",
        "",
        "ERNIE-Image",
    ),
    File(
        "Krea 2",
        some(
            "text_fusion.layerwise_blocks.0.attn.to_q.weight img_in.weight "
            "transformer_blocks.0.attn.to_q.weight"
        ),
        "checkpoint",
        "",
        "Krea 2",
    ),
    File(
        "Qwen-Image 2.1",
        some(
            "txt_in.text_norm.weight img_in.weight transformer_blocks.0.attn.to_q.weight",
            (4096, 4096),
        ),
        "checkpoint",
        "",
        "Qwen-Image 2.1",
    ),
    File(
        "Nucleus-Image",
        {**QWEN, "transformer_blocks.0.img_mlp.experts.down_proj": (8, 8, 8)},
        "checkpoint",
        "",
        "Nucleus-Image",
    ),
    File(
        "Hunyuan3D",
        some(
            "double_blocks.0.img_attn.qkv.weight single_blocks.0.linear1.weight "
            "latent_in.weight cond_in.weight"
        ),
        "unknown",
    ),
    File(
        "SVDQuant's FLUX",
        some(
            "transformer_blocks.0.qkv_proj.qweight transformer_blocks.0.qkv_proj.wscales "
            "single_transformer_blocks.0.mlp_fc1.qweight"
        ),
        "checkpoint",
        "",
        "quantised",
    ),
    File(
        "a transformer of tomorrow",
        some("transformer_blocks.0.attn.to_q.weight patch_embed.weight"),
        "unknown",
    ),
    File(
        "Stable Audio",
        some(
            "model.model.transformer.layers.0.self_attn.to_qkv.weight "
            "pretransform.model.encoder.layers.0.weight_g "
            "conditioner.conditioners.prompt.proj_out.weight"
        ),
        "unknown",
    ),
    File("UNet of diffusers, XL", UNET_XL, "checkpoint", "sdxl"),
    File("UNet of diffusers, 1.5", UNET_15, "checkpoint", "sd15"),
    File(
        "ADM without text",
        {
            "input_blocks.0.0.weight": (256, 3, 3, 3),
            "input_blocks.1.0.in_layers.2.weight": (256, 256, 3, 3),
        },
        "checkpoint",
        "sd-unknown",
    ),
)
CHECKPOINTS = (
    File("SD 1.5", layouts.SD1, "checkpoint", "sd15", "", True),
    File("XL", layouts.XL, "checkpoint", "sdxl", "", True),
    File("XL refiner", layouts.REFINER, "checkpoint", "sdxl-refiner", "", True),
    File("SD 2.1", layouts.SD2, "checkpoint", "sd21", "", True),
    File(
        "SD 1.5 inpainting",
        layouts.ldm_unet(768, 9) | layouts.VAE | layouts.CLIP,
        "checkpoint",
        "sd15",
        "inpainting",
        True,
    ),
    File(
        "InstructPix2Pix",
        layouts.ldm_unet(768, 8) | layouts.VAE | layouts.CLIP,
        "checkpoint",
        "sd15",
        "instruct",
        True,
    ),
    File("SD 1.5 without its VAE", layouts.ldm_unet(768) | layouts.CLIP, "checkpoint", "sd15"),
    File(
        "XL's denoiser alone",
        layouts.ldm_unet(2048, plan=(1, 2, 4), depths=(0, 2, 10), pooled=2816),
        "checkpoint",
        "sdxl",
    ),
    File(
        "XL with one text encoder",
        {name: shape for name, shape in layouts.XL.items() if "embedders.1" not in name},
        "checkpoint",
        "sdxl",
    ),
    File(
        "XL in scaled fp8",
        layouts.XL | {"scaled_fp8": (2,), LDM + "out.2.scale_weight": ()},
        "checkpoint",
        "sdxl",
    ),
)
# What merging, training and converting leave behind; the checkpoint stays what it is.
LEFT_OVER = (
    some("model_ema.decay model_ema.num_updates", ()),
    some("model_ema.diffusion_modelinput_blocks00weight", (320, 4, 3, 3)),
    some("betas alphas_cumprod sqrt_alphas_cumprod", (1000,)),
    some("embedding_manager.initial_embeddings.*", (1, 768)),
    {"lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight": (8, 768)},
    some("denoiser.sigmas", (1000,)),
    some("v_pred ztsnr", (0,)),
    some("control_model.input_blocks.0.0.weight", (320, 4, 3, 3)),
    some("logvar", (1000,)),
    some("cond_stage_model.transformer.text_model.embeddings.position_ids", (1, 77)),
    some("first_stage_model.loss.logvar", ()),
    some("quantize.embedding.weight", (8192, 4)),
    some("global_step state.0.step", ()),
)

CONTROLS = (
    File("ControlNet 1.5", layouts.CONTROL, "controlnet", "sd15", "controlnet", True),
    File(
        "ControlNet 1.5 without its prefix",
        {name.removeprefix("control_model."): shape for name, shape in layouts.CONTROL.items()},
        "controlnet",
        "sd15",
        "controlnet",
        True,
    ),
    File(
        "ControlNet 1.5 with the whole model",
        layouts.CONTROL | layouts.SD1,
        "controlnet",
        "sd15",
        "controlnet",
        True,
    ),
    File(
        "ControlNet 2.1 of diffusers",
        {
            **CONTROL_15,
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": (320, 1024),
        },
        "controlnet",
        "sd21",
        "controlnet",
        True,
    ),
    File("ControlNet XL", layouts.CONTROL_XL, "controlnet", "sdxl", "controlnet", True),
    File(
        "ControlNet union XL",
        layouts.CONTROL_XL
        | some("transformer_layes.0.attn.in_proj_weight")
        | {"task_embedding": (6, 320), "control_add_embedding.linear_1.weight": (1280, 1536)},
        "controlnet",
        "sdxl",
        "controlnet",
        True,
    ),
    File(
        "Control-LoRA XL",
        {
            "lora_controlnet": (),
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down": (128, 2048),
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.up": (640, 128),
            "input_hint_block.0.weight": (16, 3, 3, 3),
            "zero_convs.0.0.weight": (320, 320, 1, 1),
        },
        "controlnet",
        "sdxl",
        "control-lora",
        True,
    ),
    File(
        "LLLite",
        {"lllite_unet_input_blocks_7_1_transformer_blocks_0_attn2_to_q.down.0.weight": (64, 1280)},
        "controlnet",
        "sdxl",
        "lllite",
        True,
    ),
    File(
        "ControlNet Kolors",
        KOLORS
        | some(
            "controlnet_cond_embedding.conv_in.weight controlnet_down_blocks.0.weight",
            (16, 3, 3, 3),
        ),
        "controlnet",
        "",
        "controlnet",
    ),
    File(
        "FLUX InstantX",
        FLUX_DIFFUSERS
        | some(
            (
                "controlnet_x_embedder.weight controlnet_blocks.0.weight "
                "controlnet_single_blocks.0.weight"
            ),
            (3072, 3072),
        ),
        "controlnet",
        "flux",
        "controlnet",
        True,
    ),
    File(
        "FLUX union, double blocks alone",
        {name: shape for name, shape in FLUX_DIFFUSERS.items() if not name.startswith("single")}
        | some("controlnet_mode_embedder.weight controlnet_blocks.0.weight", (3072, 3072)),
        "controlnet",
        "flux",
        "controlnet",
        True,
    ),
    File(
        "FLUX XLabs",
        {name: shape for name, shape in FLUX.items() if "single" not in name}
        | {"input_hint_block.0.weight": (16, 3, 3, 3), "controlnet_blocks.0.weight": (3072, 3072)},
        "controlnet",
        "flux",
        "controlnet",
        True,
    ),
    File(
        "FLUX inpainting of Alimama",
        FLUX_DIFFUSERS
        | {"controlnet_x_embedder.weight": (3072, 132), "controlnet_blocks.0.weight": (3072, 3072)},
        "controlnet",
        "flux",
        "controlnet",
        True,
    ),
    File(
        "Qwen-Image InstantX",
        QWEN | some("controlnet_x_embedder.weight controlnet_blocks.0.weight", (3072, 3072)),
        "controlnet",
        "",
        "controlnet",
    ),
    File(
        "SD 3 InstantX",
        SD3_DIFFUSERS
        | some("pos_embed_input.proj.weight controlnet_blocks.0.weight", (1536, 1536)),
        "controlnet",
        "sd3",
        "controlnet",
        True,
    ),
    File(
        "SD 3.5 large",
        {
            "controlnet_blocks.0.weight": (2432, 2432),
            "transformer_blocks.0.attn.to_q.weight": (2432, 2432),
            "pos_embed_input.proj.weight": (2432, 16, 2, 2),
        },
        "controlnet",
        "sd3",
        "controlnet",
        True,
    ),
    File(
        "FLUX union behind a prefix",
        within("controlnet.", FLUX_DIFFUSERS | some("controlnet_blocks.0.weight", (3072, 3072))),
        "controlnet",
        "flux",
        "controlnet",
        True,
    ),
    File(
        "HunyuanDiT ControlNet",
        some("controlnet_blocks.0.weight text_embedding_padding blocks.0.attn2.to_k.weight"),
        "controlnet",
        "",
        "controlnet",
    ),
    File(
        "Z-Image union",
        some(
            "control_layers.0.attention.qkv.weight control_noise_refiner.0.attention.qkv.weight "
            "control_all_x_embedder.2-1.weight"
        ),
        "controlnet",
        "",
        "controlnet",
    ),
    File(
        "BrushNet",
        {
            "brushnet_down_blocks.0.weight": (320, 320, 1, 1),
            "conv_in_condition.weight": (320, 9, 3, 3),
            "down_blocks.0.resnets.0.conv1.weight": (320, 320, 3, 3),
        },
        "controlnet",
        "",
        "brushnet",
        True,
    ),
    File(
        "SparseCtrl",
        CONTROL_15
        | {"down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight": (320, 320)},
        "controlnet",
        "",
        "sparsectrl",
    ),
    File(
        "T2I-Adapter 1.5",
        {
            "body.0.block1.weight": (320, 320, 3, 3),
            "body.0.block2.weight": (320, 320, 1, 1),
            "conv_in.weight": (320, 192, 3, 3),
        },
        "controlnet",
        "sd15",
        "t2i-adapter",
        True,
    ),
    File(
        "T2I-Adapter XL",
        {
            "adapter.body.0.resnets.0.block1.weight": (320, 320, 3, 3),
            "adapter.conv_in.weight": (320, 768, 3, 3),
        },
        "controlnet",
        "sdxl",
        "t2i-adapter",
        True,
    ),
    File(
        "IP-Adapter",
        some("image_proj.proj.weight image_proj.norm.weight ip_adapter.1.to_k_ip.weight"),
        "unknown",
        "",
        "IP-Adapter",
    ),
    File(
        "IP-Adapter FaceID",
        some(
            "image_proj.proj.0.weight ip_adapter.0.to_q_lora.down.weight "
            "ip_adapter.0.to_q_lora.up.weight ip_adapter.1.to_k_ip.weight"
        ),
        "unknown",
        "",
        "IP-Adapter",
    ),
    File(
        "IP-Adapter XLabs",
        some(
            "double_blocks.0.processor.ip_adapter_double_stream_k_proj.weight "
            "ip_adapter_proj_model.proj.weight"
        ),
        "unknown",
        "",
        "IP-Adapter",
    ),
    File("PuLID", some("pulid_ca.0.to_q.weight pulid_encoder.latents"), "unknown", "", "PuLID"),
    File(
        "PhotoMaker",
        some(
            "id_encoder.fuse_module.mlp1.fc1.weight lora_weights.unet.down_blocks.1.attentions.0."
            "transformer_blocks.0.attn1.processor.to_q_lora.down.weight"
        ),
        "unknown",
        "",
        "PhotoMaker",
    ),
    File("FLUX Redux", some("redux_up.weight redux_down.weight"), "unknown", "", "FLUX Redux"),
)
AUTOENCODERS = (
    File("VAE", LDM_VAE, "vae", "", "4 channels", True),
    File("VAE of diffusers", VAE_DIFFUSERS, "vae", "", "4 channels", True),
    File(
        "VAE inside its prefix",
        within("first_stage_model.", LDM_VAE),
        "vae",
        "",
        "4 channels",
        True,
    ),
    File(
        "FLUX's VAE",
        {**LDM_VAE, "decoder.conv_in.weight": (512, 16, 3, 3)},
        "vae",
        "",
        "16 channels",
        True,
    ),
    File(
        "FLUX.2's VAE",
        {**LDM_VAE, "decoder.conv_in.weight": (512, 32, 3, 3), "bn.running_mean": (128,)},
        "vae",
        "flux2",
        "32 channels",
        True,
    ),
    File(
        "DC autoencoder, sparse",
        {
            "encoder.conv_in.weight": (128, 3, 3, 3),
            "decoder.conv_in.weight": (1024, 32, 3, 3),
            "decoder.conv_out.weight": (3, 128, 3, 3),
        },
        "vae",
    ),
    File(
        "DC autoencoder of diffusers",
        {
            "encoder.conv_in.weight": (128, 3, 3, 3),
            "decoder.conv_in.weight": (1024, 32, 3, 3),
            "decoder.up_blocks.0.0.conv.conv1.weight": (128, 128, 3, 3),
        },
        "vae",
        "",
        "dc-ae",
    ),
    File(
        "DC autoencoder",
        some(
            "encoder.project_in.weight decoder.stages.0.op_list.1.main.conv.weight "
            "decoder.project_in.conv.weight"
        ),
        "vae",
        "",
        "dc-ae",
    ),
    File(
        "VQ of latent diffusion",
        {
            **LDM_VAE,
            "decoder.conv_in.weight": (512, 3, 3, 3),
            "quantize.embedding.weight": (8192, 3),
        },
        "vae",
        "",
        "vq",
    ),
    File(
        "MoVQ of Kandinsky",
        {**VAE_DIFFUSERS, "quantize.embedding.weight": (16384, 4)},
        "vae",
        "",
        "vq",
    ),
    File(
        "VAE of the x4 upscaler",
        {name: shape for name, shape in VAE_DIFFUSERS.items() if "up_blocks.3" not in name},
        "vae",
        "",
        "4 channels",
    ),
    File(
        "Stage A of Cascade",
        some("vquantizer.codebook.weight up_blocks.0.0.weight down_blocks.0.0.weight"),
        "vae",
        "",
        "vq",
    ),
    File(
        "Wan's VAE",
        {
            "decoder.conv1.weight": (384, 16, 3, 3, 3),
            "decoder.middle.0.residual.0.gamma": (384,),
            "encoder.downsamples.0.residual.2.weight": (96, 96, 3, 3, 3),
            "conv2.weight": (16, 16, 1, 1, 1),
        },
        "vae",
        "",
        "video",
    ),
    File(
        "Qwen-Image's VAE",
        {
            "decoder.conv_in.weight": (384, 16, 3, 3, 3),
            "encoder.conv_in.weight": (96, 3, 3, 3, 3),
            "decoder.mid_block.resnets.0.conv1.weight": (384, 384, 3, 3, 3),
        },
        "vae",
        "",
        "video",
    ),
    File(
        "LTX's VAE",
        some(
            "decoder.conv_in.conv.weight encoder.conv_in.conv.weight "
            "per_channel_statistics.mean-of-means"
        ),
        "vae",
        "",
        "video",
    ),
    File(
        "HunyuanVideo's VAE",
        {
            "decoder.conv_in.conv.weight": (512, 16, 3, 3, 3),
            "encoder.conv_in.conv.weight": (128, 3, 3, 3, 3),
        },
        "vae",
        "",
        "video",
    ),
    File(
        "SVD's VAE",
        {**VAE_DIFFUSERS, "decoder.time_conv_out.weight": (3, 3, 3, 1, 1)},
        "vae",
        "",
        "video",
    ),
    File("HunyuanImage's VAE", {**LDM_VAE, "decoder.conv_in.weight": (1024, 64, 3, 3)}, "vae"),
    File(
        "Allegro's VAE",
        {**VAE_DIFFUSERS, "decoder.temp_conv_in.weight": (512, 512, 3, 1, 1)},
        "vae",
        "",
        "video",
    ),
    File(
        "asymmetric VAE",
        {**VAE_DIFFUSERS, "decoder.condition_encoder.layers.0.weight": (128, 3, 3, 3)},
        "vae",
        "",
        "asymmetric",
    ),
    File(
        "consistency decoder",
        some(
            "decoder_unet.conv_in.weight decoder_unet.down_blocks.0.resnets.0.conv1.weight "
            "encoder.conv_in.weight"
        ),
        "vae",
        "",
        "consistency decoder",
    ),
    File(
        "AudioLDM's VAE",
        {
            "encoder.conv_in.weight": (128, 1, 3, 3),
            "decoder.conv_in.weight": (512, 8, 3, 3),
            "decoder.conv_out.weight": (1, 128, 3, 3),
        },
        "vae",
    ),
    File(
        "TAESD",
        {
            "decoder.layers.0.weight": (64, 4, 3, 3),
            "decoder.layers.2.conv.0.weight": (64, 64, 3, 3),
            "encoder.layers.0.weight": (64, 3, 3, 3),
        },
        "vae",
        "",
        "tiny",
        True,
    ),
    File(
        "TAEF1",
        {"decoder.1.weight": (64, 16, 3, 3), "decoder.3.conv.0.weight": (64, 64, 3, 3)},
        "vae",
        "",
        "tiny",
        True,
    ),
    File(
        "TAEHV",
        {"decoder.1.weight": (256, 16, 3, 3), "decoder.3.conv.0.weight": (256, 512, 3, 3)},
        "vae",
    ),
)
PARTS = (
    File(
        "CLIP-L",
        some(
            "text_model.encoder.layers.0.mlp.fc1.weight "
            "text_model.embeddings.token_embedding.weight"
        ),
        "unknown",
        "",
        "CLIP text encoder",
    ),
    File(
        "CLIP-G of open_clip",
        some("transformer.resblocks.0.mlp.c_fc.weight token_embedding.weight"),
        "unknown",
        "",
        "CLIP text encoder",
    ),
    File(
        "T5",
        some("shared.weight encoder.block.0.layer.0.SelfAttention.q.weight"),
        "unknown",
        "",
        "T5 text encoder",
    ),
    File(
        "Qwen 2.5",
        some("model.layers.0.self_attn.q_proj.weight model.embed_tokens.weight"),
        "unknown",
        "",
        "language model",
    ),
    File(
        "CLIP vision",
        some("vision_model.encoder.layers.0.mlp.fc1.weight"),
        "unknown",
        "",
        "CLIP vision encoder",
    ),
    File(
        "motion module",
        some("down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight"),
        "unknown",
        "",
        "motion module",
    ),
    File(
        "SAM",
        some("image_encoder.blocks.0.attn.qkv.weight mask_decoder.iou_token.weight"),
        "unknown",
        "",
        "segmentation model",
    ),
    File(
        "YOLO", some("model.0.conv.weight model.22.cv2.0.0.conv.weight"), "unknown", "", "detector"
    ),
    File(
        "GFPGAN",
        some("conv_body_first.weight stylegan_decoder.style_conv1.weight"),
        "unknown",
        "",
        "face restorer",
    ),
    File(
        "CodeFormer",
        some(
            "quantize.embedding.weight fuse_convs_dict.32.encode_enc.conv1.weight position_emb "
            "encoder.blocks.0.weight"
        ),
        "unknown",
        "",
        "face restorer",
    ),
    File(
        "optimizer",
        some("exp_avg.0 exp_avg_sq.0 state.0.step"),
        "unknown",
        "",
        "state of a training",
    ),
    File(
        "EMA alone",
        some("model_ema.diffusion_modelinput_blocks00weight model_ema.decay"),
        "unknown",
    ),
    File(
        "hypernetwork",
        some("768.0.linear.0.weight 768.1.linear.0.weight 320.0.linear.0.weight"),
        "unknown",
        "",
        "hypernetwork",
    ),
    File("nothing known", some("foo.weight bar.bias"), "unknown"),
    File("ESRGAN", layouts.ESRGAN, "upscaler", "", "esrgan", True),
    File(
        "Real-ESRGAN",
        {
            "params_ema.conv_first.weight": (64, 3, 3, 3),
            "params_ema.body.0.rdb1.conv1.weight": (32, 64, 3, 3),
        },
        "upscaler",
        "",
        "esrgan",
        True,
    ),
    File(
        "HAT",
        some(
            "layers.0.residual_group.blocks.0.conv_block.cab.0.weight conv_first.weight "
            "layers.0.residual_group.blocks.0.norm1.weight"
        ),
        "upscaler",
        "",
        "hat",
        True,
    ),
    File(
        "DAT",
        some("layers.0.blocks.0.attn.attns.0.pos.pos_proj.weight conv_first.weight"),
        "upscaler",
        "",
        "dat",
        True,
    ),
    File(
        "SPAN",
        some("block_1.c1_r.eval_conv.weight conv_1.eval_conv.weight"),
        "upscaler",
        "",
        "span",
        True,
    ),
    File("compact", layouts.COMPACT, "upscaler", "", "compact", True),
    File("SwinIR", layouts.SWINIR, "upscaler", "", "swinir", True),
)


def lora(name: str, width: int, out: int = 64, spelling: str = "kohya") -> Shapes:
    down, up = {"kohya": ("lora_down", "lora_up"), "peft": ("lora_A", "lora_B")}[spelling]
    return {f"{name}.{down}.weight": (16, width), f"{name}.{up}.weight": (out, 16)}


def loras(names: str, width: int, spelling: str = "peft") -> Shapes:
    return {
        key: shape
        for name in names.split()
        for key, shape in lora(name, width, spelling=spelling).items()
    }


_ATT = "down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
ADAPTERS = (
    File("LoRA 1.5", lora(f"lora_unet_{_ATT}", 768), "lora", "sd15", "lora", True),
    File("LoRA 2.1", lora(f"lora_unet_{_ATT}", 1024), "lora", "sd21", "lora", True),
    File(
        "LoRA XL",
        lora("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 2048),
        "lora",
        "sdxl",
        "lora",
        True,
    ),
    File(
        "LoRA XL of diffusers",
        lora(
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", 2048, spelling="peft"
        ),
        "lora",
        "sdxl",
        "lora",
        True,
    ),
    File(
        "LoRA XL by depth",
        lora("lora_unet_down_blocks_2_attentions_0_transformer_blocks_9_attn1_to_q", 1280),
        "lora",
        "sdxl",
        "lora",
        True,
    ),
    File(
        "LoRA of CLIP-L alone",
        loras("lora_te_text_model_encoder_layers_0_self_attn_q_proj", 768, "kohya"),
        "lora",
        "sd15",
        "lora",
        True,
    ),
    File(
        "LoRA of OpenCLIP alone",
        loras("lora_te_text_model_encoder_layers_0_self_attn_q_proj", 1024, "kohya"),
        "lora",
        "sd21",
        "lora",
        True,
    ),
    File(
        "LoRA of XL's text encoders",
        loras("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 768, "kohya")
        | loras("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 1280, "kohya"),
        "lora",
        "sdxl",
        "lora",
        True,
    ),
    File(
        "LoRA of CLIP and T5",
        loras("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 768, "kohya")
        | loras("lora_te3_encoder_block_0_layer_0_SelfAttention_q", 4096, "kohya"),
        "lora",
        "",
        "lora",
        True,
    ),
    File(
        "LoRA with an embedding",
        lora(f"lora_unet_{_ATT}", 768) | {"bundle_emb.word.string_to_param.*": (4, 768)},
        "lora",
        "sd15",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX, kohya",
        loras(
            (
                "lora_unet_double_blocks_0_img_attn_qkv lora_unet_double_blocks_0_img_mlp_0 "
                "lora_unet_single_blocks_37_linear1"
            ),
            3072,
            "kohya",
        ),
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX with its text encoders",
        loras("lora_unet_double_blocks_0_img_attn_qkv", 3072, "kohya")
        | loras("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", 768, "kohya"),
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX, original names",
        loras(
            "diffusion_model.double_blocks.0.img_attn.qkv diffusion_model.single_blocks.0.linear1",
            3072,
        ),
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX, diffusers",
        loras(
            (
                "transformer.transformer_blocks.18.attn.to_q "
                "transformer.single_transformer_blocks.37.attn.to_q"
            ),
            3072,
        ),
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX, OneTrainer",
        loras(
            (
                "lora_transformer_transformer_blocks_0_attn_to_q "
                "lora_transformer_single_transformer_blocks_0_attn_to_q"
            ),
            3072,
            "kohya",
        ),
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX, XLabs",
        {
            "double_blocks.0.processor.qkv_lora1.down.weight": (16, 3072),
            "double_blocks.0.processor.qkv_lora1.up.weight": (9216, 16),
        },
        "lora",
        "flux",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX.2",
        loras(
            "diffusion_model.double_blocks.0.img_attn.qkv diffusion_model.single_blocks.0.linear1",
            6144,
        ),
        "lora",
        "flux2",
        "lora",
        True,
    ),
    File(
        "LoRA FLUX.2, diffusers",
        loras("transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj", 6144),
        "lora",
        "flux2",
        "lora",
        True,
    ),
    File(
        "LoRA HunyuanVideo",
        loras(
            (
                "diffusion_model.double_blocks.0.img_attn_qkv "
                "diffusion_model.double_blocks.0.img_mlp.fc1 "
                "diffusion_model.single_blocks.39.linear1"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "LoRA HunyuanVideo, musubi",
        loras(
            "lora_unet_double_blocks_0_img_attn_qkv lora_unet_double_blocks_19_img_mlp_fc1",
            3072,
            "kohya",
        ),
        "lora",
    ),
    File(
        "LoRA HunyuanVideo, diffusers",
        loras(
            (
                "transformer.single_transformer_blocks.39.attn.to_q "
                "transformer.transformer_blocks.19.attn.to_q"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "LoRA SD 3",
        loras("lora_unet_joint_blocks_0_context_block_attn_qkv", 1536, "kohya"),
        "lora",
        "sd3",
        "lora",
        True,
    ),
    File(
        "LoRA SD 3, diffusers",
        loras(
            (
                "transformer.transformer_blocks.0.attn.to_q "
                "transformer.transformer_blocks.0.attn.add_k_proj"
            ),
            1536,
        ),
        "lora",
        "sd3",
        "lora",
        True,
    ),
    File(
        "LoRA SD 3.5 large",
        loras("transformer.transformer_blocks.37.attn.to_q", 2432),
        "lora",
        "sd3",
        "lora",
        True,
    ),
    File(
        "LoRA Qwen-Image",
        loras(
            (
                "transformer.transformer_blocks.0.attn.to_q "
                "transformer.transformer_blocks.0.img_mlp.net.0.proj "
                "transformer.transformer_blocks.59.attn.to_q"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "LoRA Qwen-Image of attention alone",
        loras(
            (
                "transformer.transformer_blocks.0.attn.to_q "
                "transformer.transformer_blocks.59.attn.to_q"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "LoRA Qwen-Image, musubi",
        loras(
            "lora_unet_transformer_blocks_0_img_mod_1 lora_unet_transformer_blocks_0_attn_to_q",
            3072,
            "kohya",
        ),
        "lora",
    ),
    File(
        "LoRA Z-Image",
        loras(
            "diffusion_model.layers.0.attention.to_q diffusion_model.layers.0.feed_forward.w1", 3840
        ),
        "lora",
    ),
    File(
        "LoRA Lumina 2",
        loras(
            "lora_unet_layers_0_attention_qkv lora_unet_context_refiner_0_attention_qkv",
            2304,
            "kohya",
        ),
        "lora",
    ),
    File(
        "LoRA Wan",
        loras(
            (
                "diffusion_model.blocks.0.self_attn.q diffusion_model.blocks.0.cross_attn.k "
                "diffusion_model.blocks.0.ffn.0"
            ),
            5120,
        ),
        "lora",
    ),
    File(
        "LoRA Wan, musubi",
        loras("lora_unet_blocks_0_cross_attn_k lora_unet_blocks_0_ffn_0", 1536, "kohya"),
        "lora",
    ),
    File("LoRA Wan, diffusers", loras("transformer.blocks.0.attn2.to_k", 1024), "lora"),
    File(
        "LoRA Anima with Qwen",
        loras(
            "lora_unet_blocks_0_cross_attn_k_proj lora_te_layers_0_self_attn_q_proj", 1024, "kohya"
        ),
        "lora",
    ),
    File(
        "LoRA Anima, ComfyUI",
        loras(
            (
                "diffusion_model.blocks.0.cross_attn.k_proj "
                "diffusion_model.llm_adapter.blocks.0.cross_attn.q_proj"
            ),
            1024,
        ),
        "lora",
    ),
    File("LoRA of Qwen alone", loras("lora_te_layers_0_self_attn_q_proj", 1024, "kohya"), "lora"),
    File(
        "LoRA PixArt",
        loras("transformer.transformer_blocks.0.attn2.to_k transformer.adaln_single.linear", 1152),
        "lora",
    ),
    File(
        "LoRA LTX",
        loras(
            (
                "transformer.transformer_blocks.0.attn2.to_k "
                "transformer.transformer_blocks.0.attn1.to_q"
            ),
            2048,
        ),
        "lora",
    ),
    File("LoRA HunyuanDiT", loras("lora_unet_blocks_0_attn2_to_k", 1024, "kohya"), "lora"),
    File("LoRA Sana", loras("transformer.transformer_blocks.0.attn2.to_k", 1152), "lora"),
    File(
        "LoRA AuraFlow",
        loras(
            (
                "transformer.single_transformer_blocks.0.attn.to_q "
                "transformer.joint_transformer_blocks.0.attn.to_q"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "LoRA HiDream",
        loras("diffusion_model.double_stream_blocks.0.block.attn1.to_q", 2560),
        "lora",
    ),
    File(
        "LoRA Cascade",
        loras(
            (
                "lora_prior_unet_down_blocks_0_2_attention_attn_in_proj "
                "lora_unet_down_blocks_0_2_kv_mapper_1"
            ),
            2048,
            "kohya",
        ),
        "lora",
    ),
    File(
        "LoRA Chroma",
        loras(
            (
                "diffusion_model.double_blocks.0.img_attn.qkv "
                "diffusion_model.distilled_guidance_layer.in_proj"
            ),
            3072,
        ),
        "lora",
    ),
    File(
        "motion LoRA",
        {
            (
                "down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0."
                "attention_blocks.0.processor.to_q_lora.down.weight"
            ): (
                32,
                320,
            )
        },
        "lora",
    ),
    File(
        "LoKr FLUX",
        {
            "lora_unet_double_blocks_0_img_attn_qkv.lokr_w1": (64, 64),
            "lora_unet_double_blocks_0_img_attn_qkv.lokr_w2": (144, 48),
        },
        "lora",
        "flux",
        "lokr",
        True,
    ),
    File("embedding 1.5", {"emb_params": (8, 768)}, "embedding", "sd15", "8 vectors", True),
    File("embedding 2.1", {"emb_params": (8, 1024)}, "embedding", "sd21", "8 vectors", True),
    File(
        "embedding XL",
        {"clip_l": (4, 768), "clip_g": (4, 1280)},
        "embedding",
        "sdxl",
        "4 vectors",
        True,
    ),
    File(
        "embedding SD 3",
        {"clip_l": (4, 768), "clip_g": (4, 1280), "t5xxl": (4, 4096)},
        "embedding",
        "sd3",
        "4 vectors",
        True,
    ),
    File(
        "embedding FLUX",
        {"clip_l": (4, 768), "t5xxl": (4, 4096)},
        "embedding",
        "flux",
        "4 vectors",
        True,
    ),
    File("embedding of T5 alone", {"t5xxl": (4, 4096)}, "embedding", "", "4 vectors"),
    File("embedding of nobody", {"emb_params": (8, 2560)}, "unknown"),
    File("a stored prompt", {"prompt_embeds": (77, 768)}, "unknown"),
    File("XL's names with wrong widths", {"clip_l": (4, 1280), "clip_g": (4, 768)}, "unknown"),
)
TABLE = (*DENOISERS, *CHECKPOINTS, *CONTROLS, *AUTOENCODERS, *PARTS, *ADAPTERS)
